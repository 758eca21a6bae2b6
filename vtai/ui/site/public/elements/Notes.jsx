import { Trash2 } from "lucide-react"
import { useState } from "react"

const day = (at) => new Date(at * 1000).toLocaleDateString(undefined, { dateStyle: "medium" })

export default function Notes() {
  const { notes } = props
  const [busy, setBusy] = useState(false)

  const forget = async (note) => {
    setBusy(true)
    try {
      await callAction({ name: "vtai_forget", payload: { note } })
    } finally {
      setBusy(false)
    }
  }

  if (notes.length === 0) {
    return (
      <p className="vt-corrections">
        Nothing yet. Ask the assistant to remember something, and it stands here until you delete it.
      </p>
    )
  }
  return (
    <div className="vt-corrections vt-notes">
      <p>The assistant can look these up in every chat of yours.</p>
      <ul>
        {notes.map((note) => (
          <li key={note.id}>
            <div>
              <p className="vt-remembered">{note.text}</p>
              <p className="vt-facts">{day(note.at)}</p>
            </div>
            <button
              type="button"
              className="vt-button"
              disabled={busy}
              aria-label={`Delete: ${note.text.slice(0, 60)}`}
              onClick={() => forget(note.id)}
            >
              <Trash2 aria-hidden="true" />
              Delete
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}
