// The reference: what has to come of one request, whatever arrives in which order. Written down apart from the server's own
// rules, so that each checks the other.
//
//   there        the approver decides in DingTalk: agree or refuse
//   here         an administrator decides in Holdfast: approve or reject
//   withdraw     the applicant withdraws in the client
//   event        DingTalk tells of something, once more or for the first time: a hint to look, no more
export function start() { return { status: 'pending', form: 'open', channel: '' }; }

function look(s) {
  if (s.status !== 'pending' || s.form === 'open') return;
  s.status = { agree: 'approved', refuse: 'rejected' }[s.form];
  s.channel = 'dingtalk';
}

export function step(s, op) {
  switch (op.kind) {
  case 'there':
    // What is final here is soon closed there; until then the approver can still press the button.
    if (s.form === 'open') s.form = op.agree ? 'agree' : 'refuse';
    break;
  case 'here':
    if (s.status === 'pending') Object.assign(s, { status: op.approve ? 'approved' : 'rejected', channel: 'api' });
    break;
  case 'withdraw':
    if (s.status === 'pending') Object.assign(s, { status: 'revoked', channel: 'client' });
    break;
  case 'event':
    look(s);
    break;
  default:
    throw new Error(op.kind);
  }
  return s;
}

// Everything had its time: the instance has been read again, told or not.
export function end(s) {
  look(s);
  return { status: s.status, channel: s.channel, grants: s.status === 'approved' ? 1 : 0 };
}
