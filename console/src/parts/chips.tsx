/* How many there are of each kind, as buttons that narrow the list below to it: several at a time. */
import { useWords } from '../lib/words';

export interface Chip { value: string; label: string; count?: number; bad?: boolean }

export function Chips({ name, chips, chosen, choose }: { name: string; chips: Chip[]; chosen: string[]; choose: (values: string[]) => void }) {
  const { language } = useWords();
  return (
    <div className="state-chips" role="group" aria-label={name}>
      {chips.map(({ value, label, count, bad }) => {
        const pressed = chosen.includes(value);
        return (
          <button
            key={value} type="button" className={bad && count ? 'state-chip bad' : 'state-chip'} aria-pressed={pressed}
            onClick={() => choose(pressed ? chosen.filter((one) => one !== value) : [...chosen, value])}
          >
            {label}{count !== undefined && <b className="numeric">{count.toLocaleString(language)}</b>}
          </button>
        );
      })}
    </div>
  );
}
