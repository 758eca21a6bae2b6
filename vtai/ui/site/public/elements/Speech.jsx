import { useEffect, useState } from "react"
import { useRecoilValue } from "recoil"
import { sessionIdState } from "@chainlit/react-client"
import { Download, LoaderCircle, Pause, Play, Square } from "lucide-react"

const line = (player, about) => {
  if (!player) return "The voice is on its way"
  if (player.status === "failed") return "This sound is not on the server any more."
  const piece = player.pieces[player.at]
  if (piece) return piece.text
  return about.state === "making" ? "The voice is on its way" : ""
}

function Player({ client, call, about }) {
  const speech = window.vtSpeech
  const { reply, state, files } = about
  const sessionId = useRecoilValue(sessionIdState)
  const [, look] = useState(0)
  const url = (key) => about.urls?.[key] ?? client.getElementUrl(key, sessionId)

  useEffect(() => speech.subscribe(() => look((count) => count + 1)), [])
  useEffect(() => speech.update(about, url), [about, sessionId])

  const player = speech.of(reply)
  const isOn = speech.isOn(reply)
  const isBusy = ["loading", "waiting"].includes(player?.status)
  const count = player?.pieces.length ?? 0
  const at = Math.min(player?.at ?? 0, Math.max(0, count - 1))
  const total = state === "making" ? `${count} …` : count

  const stop = () => {
    speech.stop(reply)
    if (state === "making") call({ name: "vtai_hush", payload: { reply } })
  }

  return (
    <div className="vt-speech" role="group" aria-label="Spoken reply" data-reply={reply} data-status={player?.status ?? ""}>
      <div className="vt-speech-row">
        <button
          type="button"
          className="vt-key"
          aria-label={isOn ? "Pause" : "Play"}
          title={isOn ? "Pause" : "Play"}
          onClick={() => (isOn ? speech.pause(reply) : speech.play(reply))}
        >
          {isBusy ? <LoaderCircle aria-hidden="true" /> : isOn ? <Pause aria-hidden="true" /> : <Play aria-hidden="true" />}
        </button>
        <button
          type="button"
          className="vt-key"
          aria-label="Stop speaking"
          title="Stop speaking"
          disabled={!isOn && player?.status !== "paused"}
          onClick={stop}
        >
          <Square aria-hidden="true" />
        </button>
        <input
          type="range"
          className="vt-speech-place"
          aria-label="Sentence"
          aria-valuetext={count ? `Sentence ${at + 1} of ${count}` : "No sentence yet"}
          min={0}
          max={Math.max(1, count - 1)}
          step={1}
          value={at}
          disabled={count < 2}
          onChange={(event) => speech.seek(reply, Number(event.target.value))}
        />
        <span className="vt-speech-count">{count > 0 && `${at + 1} / ${total}`}</span>
        <select
          className="vt-speech-rate"
          aria-label="Speed"
          value={speech.rate()}
          onChange={(event) => speech.setRate(Number(event.target.value))}
        >
          {speech.RATES.map((rate) => (
            <option key={rate} value={rate}>
              {rate}×
            </option>
          ))}
        </select>
        {files.map((file, number) => (
          <a
            key={file.key}
            className="vt-key vt-speech-file"
            href={url(file.key)}
            download={file.name}
            aria-label={files.length > 1 ? `Download part ${number + 1}` : "Download"}
            title={files.length > 1 ? `Download part ${number + 1}` : "Download"}
          >
            <Download aria-hidden="true" />
          </a>
        ))}
      </div>
      <p className="vt-speech-text">{line(player, about)}</p>
    </div>
  )
}

// The page runs this file anew with each sentence. With one component for all runs nothing flickers.
const Kept = ((window.vtElements ??= {}).Speech ??= Player)

export default <Kept client={apiClient} call={callAction} about={props} />
