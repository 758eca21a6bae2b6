import { Download, Undo2 } from "lucide-react"
import { useState } from "react"

const day = (at) => new Date(at * 1000).toLocaleDateString(undefined, { dateStyle: "medium" })

const save = (lines) => {
  const url = URL.createObjectURL(new Blob([lines], { type: "application/x-ndjson" }))
  const link = document.createElement("a")
  link.href = url
  link.download = "vtai-corrections.jsonl"
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 1000)
}

export default function Corrections() {
  const { corrections } = props
  const [busy, setBusy] = useState(false)

  const call = async (name, payload) => {
    setBusy(true)
    try {
      return (await callAction({ name, payload })).response
    } finally {
      setBusy(false)
    }
  }

  const download = async () => {
    const lines = await call("vtai_export", {})
    if (lines) save(lines)
  }

  if (corrections.length === 0) {
    return (
      <p className="vt-corrections">
        Nothing yet. When a message went the wrong way, press the chip under its reply and choose another route:
        messages like it go there from then on.
      </p>
    )
  }
  return (
    <div className="vt-corrections">
      <p>Messages like these go where you sent them.</p>
      <ul>
        {corrections.map((each) => (
          <li key={each.id}>
            <div>
              <p className="vt-said" title={each.text}>
                {each.text || "(no text)"}
              </p>
              {each.context && (
                <p className="vt-facts vt-after" title={each.context}>
                  after “{each.context}”
                </p>
              )}
              <p className="vt-facts">
                to <strong>{each.right}</strong>
                {each.wrong !== each.right && `, not ${each.wrong}`} · {day(each.at)}
                {each.shared && " · for everybody"}
              </p>
            </div>
            {each.own && (
              <button
                type="button"
                className="vt-button"
                disabled={busy}
                aria-label={`Undo: ${each.text.slice(0, 60)}`}
                onClick={() => call("vtai_undo", { correction: each.id, list: true })}
              >
                <Undo2 aria-hidden="true" />
                Undo
              </button>
            )}
          </li>
        ))}
      </ul>
      <button type="button" className="vt-button vt-export" disabled={busy} onClick={download}>
        <Download aria-hidden="true" />
        Export
      </button>
    </div>
  )
}
