import { Check, LoaderCircle, Minus, Search, Telescope } from "lucide-react"

const ICONS = { working: LoaderCircle, done: Check, failed: Minus, stopped: Minus }

function Queries({ row }) {
  return (
    <li className="vt-step vt-queries" data-state={row.state}>
      <Search aria-hidden="true" />
      <div>
        <ul aria-label="Queries">
          {row.queries.map((query) => (
            <li key={query}>{query}</li>
          ))}
        </ul>
        <p className="vt-facts">{row.detail || "searching"}</p>
      </div>
    </li>
  )
}

function Round({ row }) {
  return (
    <li className="vt-step vt-round" data-state={row.state}>
      <Telescope aria-hidden="true" />
      <div>
        <strong>{row.label}</strong>
        <p className="vt-facts">{row.about}</p>
        {row.detail && <p className="vt-facts">{row.detail}</p>}
      </div>
    </li>
  )
}

function Line({ row }) {
  const Icon = ICONS[row.state]
  return (
    <li className="vt-step vt-step-line" data-state={row.state}>
      <Icon aria-hidden="true" />
      <p>
        {row.url ? (
          <a href={row.url} target="_blank" rel="noopener noreferrer nofollow">
            {row.label}
          </a>
        ) : (
          <span>{row.label}</span>
        )}{" "}
        <span className="vt-facts">{row.detail || (row.kind === "page" ? "reading" : "")}</span>
      </p>
    </li>
  )
}

const KINDS = { queries: Queries, round: Round }

export default function SearchSteps() {
  return (
    <ol className="vt-steps">
      {props.rows.map((row) => {
        const Shown = KINDS[row.kind] ?? Line
        return <Shown key={row.id} row={row} />
      })}
    </ol>
  )
}
