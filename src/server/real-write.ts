import fs from 'node:fs'

/** Node's own `fs.writeSync`, whatever the diverting of stdout or an author's code puts in its place later. */
export const { writeSync } = fs
