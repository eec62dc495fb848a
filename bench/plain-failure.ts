/** Ends the program with the sentence of what went wrong: where in these files that was is of no use to who runs them. */
export function failPlainly(): void {
  process.on('uncaughtException', (error) => {
    console.error(error.message)
    process.exit(1)
  })
}
