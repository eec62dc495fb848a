/** Names from a file for a terminal: what would end a line or move the cursor is shown by its number. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (control) => `\\u{${control.codePointAt(0)?.toString(16)}}`,
  )
}
