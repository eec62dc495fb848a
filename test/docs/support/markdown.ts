/** The text of every block of a language. */
export function blocksOf(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(
    ([, block]) => block ?? '',
  )
}

/** Every line of the blocks that a shell runs. */
export function commandsOf(text: string): string[] {
  return blocksOf(text, 'sh').flatMap((block) => block.trim().split('\n'))
}
