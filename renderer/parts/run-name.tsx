/** Shorter ones have room everywhere. */
const longestKept = 20;

/**
 * What tells a run from its neighbours, `learningRate 0.0003, users 3, seed 1`. Where there is little room the names of
 * parameters are cut before their values are.
 */
export function RunName({ text }: { readonly text: string }) {
  const parts = text.split(", ").map((part) => /^([^ ]+)( [^ ]+)$/.exec(part));
  if (text.length <= longestKept || parts.includes(null)) return <span className="ellipsis">{text}</span>;
  return (
    <span className="ellipsis run-name">
      {parts.map((part, index) => (
        <span key={part?.[1]}>
          {index === 0 ? null : ", "}
          <span className="run-name-key">{part?.[1]}</span>
          {part?.[2]}
        </span>
      ))}
    </span>
  );
}
