import Markdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";

/** Only https leaves the program, in the system's browser; pictures are named, never fetched. */
const components: Components = {
  a: ({ href, children }) =>
    href?.startsWith("https://") ? (
      <a href={href} title={href} target="_blank" rel="noreferrer">
        {children}
      </a>
    ) : (
      <span>{children}</span>
    ),
  img: ({ alt }) => <span className="dim">[picture{alt ? `: ${alt}` : ""}]</span>,
};

/** Notes as text. HTML in them stays what was typed. */
export function NotesText({ text }: { readonly text: string }) {
  return (
    <div className="notes-text">
      <Markdown remarkPlugins={[remarkGfm]} components={components}>
        {text}
      </Markdown>
    </div>
  );
}
