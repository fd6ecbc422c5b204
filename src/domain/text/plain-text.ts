// Owns turning HTML into the text that a reader would read: for search, feeds, notifications.

import { type HtmlSink, readHtml } from "./html-reader.js";

const LINE = new Set(["br", "li", "tr", "dt", "dd", "div"]);
const PARAGRAPH = new Set(
  "p pre blockquote h1 h2 h3 h4 h5 h6 ul ol table dl section article".split(" "),
);

/** The text, with line ends for breaks and blank lines between paragraphs. Never throws. */
export function plainText(html: string): string {
  const parts: string[] = [];
  const sink: HtmlSink = {
    text: (text) => parts.push(text.replace(/\s+/g, " ")),
    open: (name) => {
      if (PARAGRAPH.has(name)) parts.push("\n\n");
      else if (LINE.has(name)) parts.push("\n");
    },
    close: (name) => {
      if (PARAGRAPH.has(name)) parts.push("\n\n");
    },
  };
  readHtml(html, sink);
  return parts
    .join("")
    .replace(/ *\n */g, "\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}
