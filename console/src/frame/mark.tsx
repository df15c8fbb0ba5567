/* The anchor. */
export const Mark = ({ size = 26 }: { size?: number }) => (
  <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden="true">
    <rect width="32" height="32" rx="7" fill="#1456c8" />
    <g fill="none" stroke="#fff" strokeWidth="2.6" strokeLinecap="round" strokeLinejoin="round">
      <circle cx="16" cy="8.2" r="2.7" />
      <path d="M16 11v13.6M11.4 14.6h9.2M6.6 18.4c.5 4.300 4.300 6.300 9.400 6.300s8.900-2 9.400-6.300" />
    </g>
  </svg>
);
