import { useEffect, useRef, useState } from "react"
import { useSetRecoilState } from "recoil"
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover"
import { sideViewState, useChatData } from "@chainlit/react-client"
import { ChevronDown, ExternalLink, RefreshCw, Route as RouteIcon, Square, Undo2, Volume2 } from "lucide-react"

// So many sources are listed at once.
const FEW = 5

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

const opened = { target: "_blank", rel: "noopener noreferrer nofollow" }

const calendar = (at, more) => at.toLocaleDateString("en-GB", { month: "short", year: "numeric", ...more })

// A date as people write it: "3 Nov 2026", "Nov 2026", "2026"; of today "today" or "3 hours ago".
const dated = (published) => {
  const [, year, month, day, time] = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(T.+)?)?)?/.exec(published ?? "") ?? []
  if (!month) return year ?? ""
  // A day without a time is that day wherever one reads it.
  const at = time ? new Date(published) : new Date(year, month - 1, day ?? 1)
  if (Number.isNaN(at.getTime())) return ""
  if (!day) return calendar(at)
  if (at.toDateString() !== new Date().toDateString()) return calendar(at, { day: "numeric" })
  const minutes = Math.round((Date.now() - at) / 60000)
  if (!time || minutes < 1) return "today"
  const ago = new Intl.RelativeTimeFormat("en")
  return minutes < 60 ? ago.format(-minutes, "minute") : ago.format(-Math.floor(minutes / 60), "hour")
}

const about = (source) => [source.site, dated(source.published)].filter(Boolean).join(" · ")

const canOpen = (source) => Boolean(source.url || source.passage)

function Source({ source, onOpen }) {
  return (
    <li value={source.number}>
      {canOpen(source) ? (
        <button type="button" className="vt-passage-link" onClick={(event) => onOpen(source, event)}>
          {source.title}
        </button>
      ) : (
        <span>{source.title}</span>
      )}
      {(source.url || about(source)) && (
        <p className="vt-facts vt-about-source">
          {about(source)}
          {source.url && (
            <a href={source.url} {...opened} title="Open the page" aria-label={`Open the page: ${source.title}`}>
              <ExternalLink aria-hidden="true" />
            </a>
          )}
        </p>
      )}
      {source.passage && <p className="vt-excerpt">{source.passage}</p>}
    </li>
  )
}

// What was found, where that is the whole answer.
function Results({ sources }) {
  return (
    <ol className="vt-results" aria-label="Results">
      {sources.map((source) => (
        <li key={source.number} className="vt-result">
          <span className="vt-number" aria-hidden="true">
            {source.number}
          </span>
          <div>
            {source.url ? (
              <a href={source.url} {...opened}>
                {source.title}
              </a>
            ) : (
              <strong>{source.title}</strong>
            )}
            {about(source) && <p className="vt-facts">{about(source)}</p>}
            {source.passage && <p className="vt-excerpt">{source.passage}</p>}
          </div>
        </li>
      ))}
    </ol>
  )
}

// The footer that belongs to what is written there: the next one.
const footerOf = (element) =>
  [...document.querySelectorAll(".vt-footer")].find(
    (footer) => element.compareDocumentPosition(footer) & Node.DOCUMENT_POSITION_FOLLOWING,
  )

function Sources({ sources, anchor }) {
  const setSideView = useSetRecoilState(sideViewState)
  const [showsAll, setShowsAll] = useState(sources.length <= FEW)
  const place = useRef(null)

  const open = (source, event) => {
    const id = `${anchor}${source.number}`
    const { passage, site, url } = source
    // A click of the keyboard has no detail.
    const shown = { passage, site, url, date: dated(source.published), byKeyboard: event.detail === 0 }
    const view = { id, type: "custom", name: "Passage", display: "side", props: shown }
    setSideView({ title: `[${source.number}] ${source.title}`, elements: [view], key: id })
  }

  // The numbers in the text are links to their pages; clicked plainly, they show what was read there.
  useEffect(() => {
    const follow = (event) => {
      const link = event.target.closest?.(".message-content a")
      const number = /^\[(\d+)\]$/.exec(link?.textContent.trim())?.[1]
      const source = number && sources.find((source) => String(source.number) === number)
      if (!source || footerOf(link) !== place.current?.closest(".vt-footer")) return
      if (source.url && (event.ctrlKey || event.metaKey || event.shiftKey)) return
      event.preventDefault()
      open(source, event)
    }
    document.addEventListener("click", follow)
    return () => document.removeEventListener("click", follow)
  }, [sources])

  return (
    <details className="vt-sources" ref={place} open={sources.every((source) => source.url)}>
      <summary>
        {sources.length} {sources.length === 1 ? "source" : "sources"}
      </summary>
      <ol>
        {(showsAll ? sources : sources.slice(0, FEW)).map((source) => (
          <Source key={source.number} source={source} onOpen={open} />
        ))}
      </ol>
      {!showsAll && (
        <button type="button" className="vt-link" onClick={() => setShowsAll(true)}>
          Show all {sources.length}
        </button>
      )}
    </details>
  )
}

// Speaks the reply, or what was spoken of it before once more; pressed again, it stops.
function Speak({ reply }) {
  const [, look] = useState(0)
  const [isAsked, setAsked] = useState(false)
  useEffect(() => window.vtSpeech.subscribe(() => look((count) => count + 1)), [])
  const speech = window.vtSpeech
  const isOn = isAsked || speech.isOn(reply)

  const press = async () => {
    const player = speech.of(reply)
    if (isOn) {
      speech.stop(reply)
      if (!player?.isMade) await callAction({ name: "vtai_hush", payload: { reply } })
      return
    }
    if (player?.state === "done" && player.status !== "failed") {
      speech.play(reply)
      return
    }
    setAsked(true)
    try {
      await callAction({ name: "vtai_speak", payload: { reply } })
    } finally {
      setAsked(false)
    }
  }

  return (
    <button type="button" className="vt-again vt-speak" onClick={press}>
      {isOn ? <Square aria-hidden="true" /> : <Volume2 aria-hidden="true" />}
      <span>{isOn ? "Stop speaking" : "Speak"}</span>
    </button>
  )
}

export default function ReplyFooter() {
  const { turn, outcome, route, others, usage, sources, cards, anchor, choices, note, learns, offersAgain, reply, speaks, thread, isReadOnly } = props
  const [isOpen, setOpen] = useState(false)
  const { loading } = useChatData()

  const go = (name, payload) => {
    setOpen(false)
    callAction({ name, payload })
  }

  return (
    <div
      className="vt-footer"
      data-outcome={outcome}
      data-route={route?.question ? "" : (route?.name ?? "")}
      data-thread={thread}
    >
      {choices.length > 0 && !isReadOnly && (
        <Question choices={choices} disabled={loading} onRoute={(name) => go("vtai_reroute", { turn, route: name })} />
      )}
      {sources.length > 0 && (cards ? <Results sources={sources} /> : <Sources sources={sources} anchor={anchor} />)}
      {note && !isReadOnly && <Note note={note} />}
      {outcome === "cut" && (
        <p className="vt-cut" role="status">
          This answer was cut off when the server stopped.
        </p>
      )}
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
                others={isReadOnly ? [] : others}
                learns={learns && !isReadOnly}
                disabled={loading}
                onRoute={(name) => go("vtai_reroute", { turn, route: name })}
                onCorrections={() => go("vtai_corrections", {})}
              />
            </PopoverContent>
          </Popover>
        )}
        {outcome !== "working" && offersAgain && !isReadOnly && !route?.question && (route || others.length > 0) && (
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
        {outcome !== "working" && speaks && !isReadOnly && <Speak reply={reply} />}
        {outcome === "stopped" && <span className="vt-end">Stopped</span>}
        {usage && <span className="vt-usage">{usageLine(usage)}</span>}
      </div>
    </div>
  )
}
