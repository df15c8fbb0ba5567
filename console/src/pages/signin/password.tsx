/* Invitations, and links for whoever lost a password. */
import { OneTimeLink } from './setup';

const Password = () => <OneTimeLink owner={false} />;
export default Password;
