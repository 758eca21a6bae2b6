import { useEffect, useRef, useState } from "react"
import { Check, ShieldQuestion, X } from "lucide-react"
import { Markdown } from "@/components/markdown"

const CHOICES = [
  { choice: "once", label: "Allow", primary: true },
  { choice: "always", label: "Always in this chat" },
  { choice: "no", label: "Refuse" },
]

const ENDINGS = {
  once: "Allowed this once",
  always: "Allowed in this chat",
  no: "Refused",
  late: "Not allowed: nobody answered within five minutes",
  stopped: "Not allowed: the reply was stopped before an answer",
}

function Arguments({ text, cut }) {
  return (
    <div className="vt-arguments">
      <Markdown renderMarkdown>{text}</Markdown>
      {cut > 0 && <p className="vt-problem">{cut.toLocaleString("en")} more characters are not shown here.</p>}
    </div>
  )
}

function Question({ id, tool, text, cut, call, onChosen }) {
  const [isBusy, setBusy] = useState(false)
  const choose = async (choice) => {
    setBusy(true)
    onChosen()
    try {
      await call({ name: "vtai_approve", payload: { id, choice } })
    } finally {
      setBusy(false)
    }
  }
  return (
    <section className="vt-approval" aria-label={`May ${tool} run?`}>
      <p className="vt-approval-title">
        <ShieldQuestion aria-hidden="true" />
        <span>
          May the assistant use <strong>{tool}</strong>?
        </span>
      </p>
      {text ? <Arguments text={text} cut={cut} /> : <p className="vt-facts">Without arguments.</p>}
      <div className="vt-line">
        {CHOICES.map(({ choice, label, primary }) => (
          <button
            type="button"
            key={choice}
            className={primary ? "vt-button vt-primary" : "vt-button"}
            data-choice={choice}
            disabled={isBusy}
            onClick={() => choose(choice)}
          >
            {label}
          </button>
        ))}
      </div>
    </section>
  )
}

function Approval({ call, about }) {
  const { id, tool, arguments: text, cut, state } = about
  const ending = useRef(null)
  const hasChosen = useRef(false)

  // The button that was pressed goes; whoever pressed it is told what came of it.
  useEffect(() => {
    if (state !== "waiting" && hasChosen.current) ending.current?.focus()
  }, [state])

  if (state === "waiting") {
    const remember = () => {
      hasChosen.current = true
    }
    return <Question id={id} tool={tool} text={text} cut={cut} call={call} onChosen={remember} />
  }
  const Icon = state === "once" || state === "always" ? Check : X
  return (
    <div className="vt-approval vt-approved" data-state={state}>
      <p className="vt-approval-title" role="status" tabIndex={-1} ref={ending}>
        <Icon aria-hidden="true" />
        <span>
          <strong>{tool}</strong>: {ENDINGS[state]}
        </span>
      </p>
      {text && (
        <details>
          <summary>What was asked</summary>
          <Arguments text={text} cut={cut} />
        </details>
      )}
    </div>
  )
}

// The page runs this file anew for each change. With one component for all runs, the focus stays where it is.
const Kept = ((window.vtElements ??= {}).Approval ??= Approval)

export default <Kept call={callAction} about={props} />
