import { useState } from "react"
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover"
import { useChatData } from "@chainlit/react-client"
import { ChevronDown, ExternalLink, RefreshCw, Route as RouteIcon } from "lucide-react"

const percent = (value) => `${Math.round(value * 100)}%`

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

function Why({ route }) {
  return (
    <>
      <p className="vt-why-reason">{route.reason}</p>
      <p className="vt-why-facts">
        {percent(route.confidence)} {route.certainty} ({route.router})
      </p>
      {route.alternatives.length > 0 && (
        <ul className="vt-why-others" aria-label="Also considered">
          {route.alternatives.map((other) => (
            <li key={other.label}>
              <span>{other.label}</span>
              <span className="vt-bar" aria-hidden="true">
                <span style={{ width: percent(other.confidence) }} />
              </span>
              <span>{percent(other.confidence)}</span>
            </li>
          ))}
        </ul>
      )}
    </>
  )
}

function Sources({ sources }) {
  return (
    <details className="vt-sources">
      <summary>
        {sources.length} {sources.length === 1 ? "source" : "sources"}
      </summary>
      <ol>
        {sources.map((source) => (
          <li key={source.number} value={source.number}>
            {source.url ? (
              <a href={source.url} target="_blank" rel="noopener noreferrer nofollow">
                {source.title} <ExternalLink aria-hidden="true" />
              </a>
            ) : (
              <span>{source.title}</span>
            )}
            <span className="vt-host"> {source.host}</span>
            {source.passage && <p>{source.passage}</p>}
          </li>
        ))}
      </ol>
    </details>
  )
}

export default function ReplyFooter() {
  const { turn, outcome, route, others, usage, sources, choices } = props
  const [isOpen, setOpen] = useState(false)
  const { loading } = useChatData()

  const go = (name, payload) => {
    setOpen(false)
    callAction({ name, payload })
  }

  return (
    <div className="vt-footer" data-outcome={outcome} data-route={route?.name ?? ""}>
      {choices.length > 0 && (
        <div className="vt-choices">
          {choices.map((choice) => (
            <button
              type="button"
              key={choice.name}
              className="vt-reroute"
              data-route={choice.name}
              disabled={loading}
              onClick={() => go("vtai_reroute", { turn, route: choice.name })}
            >
              {choice.label}
            </button>
          ))}
        </div>
      )}
      {sources.length > 0 && <Sources sources={sources} />}
      <div className="vt-line">
        {route && (
          <Popover open={isOpen} onOpenChange={setOpen}>
            <PopoverTrigger asChild>
              <button
                type="button"
                className="vt-chip"
                title={`${route.reason} (${percent(route.confidence)} ${route.certainty})`}
              >
                <RouteIcon aria-hidden="true" />
                <span>{route.label}</span>
                <span className="vt-certainty">
                  {percent(route.confidence)} {route.certainty}
                </span>
                <ChevronDown aria-hidden="true" />
              </button>
            </PopoverTrigger>
            <PopoverContent className="vt-card" align="start" side="bottom" aria-label="Why this route">
              <p className="vt-card-title">Why {route.label}?</p>
              <Why route={route} />
              {others.length > 0 && (
                <>
                  <p className="vt-card-title">Send the same message to</p>
                  <div className="vt-others">
                    {others.map((other) => (
                      <button
                        type="button"
                        key={other.name}
                        className="vt-reroute"
                        data-route={other.name}
                        title={other.description}
                        disabled={loading}
                        onClick={() => go("vtai_reroute", { turn, route: other.name })}
                      >
                        {other.label}
                      </button>
                    ))}
                  </div>
                </>
              )}
            </PopoverContent>
          </Popover>
        )}
        {outcome !== "working" && (route || others.length > 0) && (
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
