"""Documents that are text already: plain text, HTML, Markdown, mail."""
