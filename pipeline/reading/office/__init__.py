"""Office Open XML (ECMA-376): Word, PowerPoint and Excel files."""
