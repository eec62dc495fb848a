import { useEffect, useState } from 'preact/hooks'

let say: (text: string) => void = () => {}

/** Tells a screen reader what happened. */
export function announce(text: string): void {
  say(text)
}

export function Announcer() {
  const [text, setText] = useState('')
  useEffect(() => {
    say = setText
  }, [])
  return (
    <p class="unseen" role="status">
      {text}
    </p>
  )
}
