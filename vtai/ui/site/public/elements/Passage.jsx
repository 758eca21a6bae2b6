import { useEffect, useRef } from "react"
import { ExternalLink } from "lucide-react"

export default function Passage() {
  const { passage, site, date, url, byKeyboard } = props
  const place = useRef(null)

  useEffect(() => {
    if (!byKeyboard) return
    const opener = document.activeElement
    place.current?.focus()
    return () => opener?.focus()
  }, [])

  const facts = [site, date].filter(Boolean).join(" · ")
  return (
    <div className="vt-source-view" tabIndex={-1} ref={place}>
      {facts && <p className="vt-facts">{facts}</p>}
      {passage && <p className="vt-passage">{passage}</p>}
      {url && (
        <a className="vt-button" href={url} target="_blank" rel="noopener noreferrer nofollow">
          <ExternalLink aria-hidden="true" />
          Open the page
        </a>
      )}
    </div>
  )
}
