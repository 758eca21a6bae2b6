import { useEffect, useState } from "react"
import { useSetRecoilState } from "recoil"
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover"
import { sideViewState, useChatData } from "@chainlit/react-client"
import { ChevronDown, ExternalLink, RefreshCw, Route as RouteIcon, Undo2 } from "lucide-react"

const percent = (value) => `${Math.round(value * 100)}\u00a0%`

const sureness = (route) => `${route.certainty}, ${percent(route.confidence)}`

const cost = (usd) => {
  if (usd === 0) return "no cost"
  if (usd < 0.01) return `${(usd * 100).toPrecision(2)} ¢`
  return `$${usd.toFixed(usd < 1 ? 3 : 2)}`
}

const usageLine = (usage) => {
  const about = usage.estimated ? "about " : ""
  const parts = [usage.models.join(", "), `${about}${usage.input} in, ${usage.output} out`]
  if (usage.cost !== null) parts.push(about + cost(usage.cost))
  return parts.join(" · ")
}

function Candidate({ other, disabled, onClick }) {
  return (
    <button
      type="button"
      className="vt-reroute vt-candidate"
      data-route={other.name}
      title={other.description}
      disabled={disabled}
      onClick={onClick}
    >
      <span>{other.label}</span>
      <span className="vt-bar" aria-hidden="true">
        <span style={{ width: `${other.confidence * 100}%` }} />
      </span>
      <span>{percent(other.confidence)}</span>
    </button>
  )
}

function Card({ route, others, learns, disabled, onRoute, onCorrections }) {
  const considered = others.filter((other) => other.confidence !== null)
  const rest = others.filter((other) => other.confidence === null)
  return (
    <>
      <p className="vt-card-title">{route.question ? "Why the question?" : `Why ${route.label}?`}</p>
      <p>{route.reason}</p>
      <p className="vt-facts">
        {route.question ? "unsure" : sureness(route)} ({route.router})
      </p>
      {others.length > 0 && <p className="vt-card-title">Send the same message to</p>}
      {considered.map((other) => (
        <Candidate key={other.name} other={other} disabled={disabled} onClick={() => onRoute(other.name)} />
      ))}
      {rest.length > 0 && (
        <div className="vt-others">
          {rest.map((other) => (
            <button
              type="button"
              key={other.name}
              className="vt-reroute"
              data-route={other.name}
              title={other.description}
              disabled={disabled}
              onClick={() => onRoute(other.name)}
            >
              {other.label}
            </button>
          ))}
        </div>
      )}
      {learns && (
        <button type="button" className="vt-link" onClick={onCorrections}>
          Your corrections
        </button>
      )}
    </>
  )
}

function Question({ choices, disabled, onRoute }) {
  const [chosen, setChosen] = useState(null)
  const choose = (name) => {
    setChosen(name)
    onRoute(name)
  }
  return (
    <div className="vt-choices">
      {choices.map((choice) => (
        <button
          type="button"
          key={choice.name}
          className="vt-choice"
          data-route={choice.name}
          aria-pressed={chosen === choice.name}
          disabled={disabled}
          onClick={() => choose(choice.name)}
        >
          <strong>{choice.label}</strong>
          <span>{choice.description}</span>
        </button>
      ))}
    </div>
  )
}

function Note({ note }) {
  const [isUndone, setUndone] = useState(false)
  const undo = async () => {
    const { response } = await callAction({ name: "vtai_undo", payload: { correction: note.id } })
    if (response) setUndone(true)
  }
  return (
    <p className="vt-note" role="status">
      {isUndone ? (
        "Undone: messages like this go where they went before."
      ) : (
        <>
          <span>Noted: messages like this go to {note.label} from now on.</span>
          <button type="button" className="vt-button" onClick={undo}>
            <Undo2 aria-hidden="true" />
            Undo
          </button>
        </>
      )}
    </p>
  )
}

function Source({ source, onOpen }) {
  if (source.url) {
    return (
      <a href={source.url} target="_blank" rel="noopener noreferrer nofollow">
        {source.title} <ExternalLink aria-hidden="true" />
      </a>
    )
  }
  if (!source.passage) return <span>{source.title}</span>
  return (
    <button type="button" className="vt-passage-link" onClick={() => onOpen(source)}>
      {source.title}
    </button>
  )
}

function Sources({ sources, anchor }) {
  const setSideView = useSetRecoilState(sideViewState)
  const open = (source) => {
    const id = `${anchor}${source.number}`
    const view = { id, type: "custom", name: "Passage", display: "side", props: { passage: source.passage } }
    setSideView({ title: `[${source.number}] ${source.title}`, elements: [view], key: id })
  }

  // The numbers in the text lead to the passages; they are links, and this is the only place that they lead to.
  useEffect(() => {
    const follow = (event) => {
      const link = event.target.closest?.(`a[href^="#${anchor}"]`)
      const number = link?.getAttribute("href").slice(anchor.length + 1)
      const source = sources.find((source) => String(source.number) === number)
      if (!source) return
      event.preventDefault()
      open(source)
    }
    document.addEventListener("click", follow)
    return () => document.removeEventListener("click", follow)
  }, [])

  return (
    <details className="vt-sources">
      <summary>
        {sources.length} {sources.length === 1 ? "source" : "sources"}
      </summary>
      <ol>
        {sources.map((source) => (
          <li key={source.number} value={source.number}>
            <Source source={source} onOpen={open} />
            <span className="vt-host"> {source.host}</span>
            {source.passage && <p>{source.passage}</p>}
          </li>
        ))}
      </ol>
    </details>
  )
}

export default function ReplyFooter() {
  const { turn, outcome, route, others, usage, sources, anchor, choices, note, learns, offersAgain } = props
  const [isOpen, setOpen] = useState(false)
  const { loading } = useChatData()

  const go = (name, payload) => {
    setOpen(false)
    callAction({ name, payload })
  }

  return (
    <div className="vt-footer" data-outcome={outcome} data-route={route?.question ? "" : (route?.name ?? "")}>
      {choices.length > 0 && (
        <Question choices={choices} disabled={loading} onRoute={(name) => go("vtai_reroute", { turn, route: name })} />
      )}
      {sources.length > 0 && <Sources sources={sources} anchor={anchor} />}
      {note && <Note note={note} />}
      <div className="vt-line">
        {route && (
          <Popover open={isOpen} onOpenChange={setOpen}>
            <PopoverTrigger asChild>
              <button type="button" className="vt-chip" title={route.reason}>
                <RouteIcon aria-hidden="true" />
                <span>{route.question ? "Unsure" : route.label}</span>
                <span className="vt-certainty">
                  {route.question
                    ? choices.map((choice) => `${choice.label} ${percent(choice.confidence ?? 0)}`).join(" or ")
                    : sureness(route)}
                </span>
                <ChevronDown aria-hidden="true" />
              </button>
            </PopoverTrigger>
            <PopoverContent className="vt-card" align="start" side="bottom" aria-label="Why this route">
              <Card
                route={route}
                others={others}
                learns={learns}
                disabled={loading}
                onRoute={(name) => go("vtai_reroute", { turn, route: name })}
                onCorrections={() => go("vtai_corrections", {})}
              />
            </PopoverContent>
          </Popover>
        )}
        {outcome !== "working" && offersAgain && !route?.question && (route || others.length > 0) && (
          <button
            type="button"
            className="vt-again"
            disabled={loading}
            onClick={() => go("vtai_again", { turn })}
          >
            <RefreshCw aria-hidden="true" />
            <span>Again</span>
          </button>
        )}
        {outcome === "stopped" && <span className="vt-end">Stopped</span>}
        {usage && <span className="vt-usage">{usageLine(usage)}</span>}
      </div>
    </div>
  )
}
