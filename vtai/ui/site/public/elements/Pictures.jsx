import { createContext, useContext, useEffect, useRef, useState } from "react"
import { useRecoilValue } from "recoil"
import { sessionIdState, useChatData } from "@chainlit/react-client"
import { Dialog, DialogContent, DialogDescription, DialogTitle } from "@/components/ui/dialog"
import {
  ChevronLeft,
  ChevronRight,
  Download,
  Eraser,
  ImageOff,
  LoaderCircle,
  Pencil,
  RefreshCw,
  Shuffle,
  Undo2,
  ZoomIn,
  ZoomOut,
} from "lucide-react"

const STEP = 0.03
const MARKS = "#e0126f"
const LONG = 160

// What the page gives to this element: its client and its way to call actions.
const Page = createContext(null)

// Files of stored conversations have addresses of their own.
const useUrl = () => {
  const { client, urls } = useContext(Page)
  const sessionId = useRecoilValue(sessionIdState)
  return (key) => urls?.[key] ?? client.getElementUrl(key, sessionId)
}

// Where the keyboard was before a dialogue opened, it is again when that closes.
const useReturn = () => {
  const opener = useRef(document.activeElement)
  return (event) => {
    event.preventDefault()
    opener.current?.focus()
  }
}

const bounded = (value) => Math.min(1, Math.max(0, value))

const isTouch = () => matchMedia("(pointer: coarse)").matches

// Strokes are in parts of the picture's width and height, so that they fit it at any size.
const draw = (canvas, strokes, isMask) => {
  const pen = canvas.getContext("2d")
  const { width, height } = canvas
  pen.globalCompositeOperation = "source-over"
  pen.clearRect(0, 0, width, height)
  if (isMask) {
    pen.fillStyle = "#000"
    pen.fillRect(0, 0, width, height)
    pen.globalCompositeOperation = "destination-out"
  }
  pen.fillStyle = pen.strokeStyle = MARKS
  pen.lineCap = pen.lineJoin = "round"
  for (const { size, points } of strokes) {
    const [[x, y]] = points
    pen.beginPath()
    pen.arc(x * width, y * height, (size * width) / 2, 0, 2 * Math.PI)
    pen.fill()
    pen.lineWidth = size * width
    pen.beginPath()
    points.forEach(([x, y]) => pen.lineTo(x * width, y * height))
    pen.stroke()
  }
}

// A picture of the same size that is transparent where something may change.
const maskFile = async (strokes, { width, height }) => {
  const canvas = Object.assign(document.createElement("canvas"), { width, height })
  draw(canvas, strokes, true)
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"))
  return new File([blob], "marks.png", { type: "image/png" })
}

function Frame({ picture, label, isWorking, onOpen, onLoad }) {
  const url = useUrl()
  const [gone, setGone] = useState(null)
  if (gone === picture.key) {
    return (
      <div className="vt-frame vt-gone">
        <ImageOff aria-hidden="true" />
        This picture is not on the server any more.
      </div>
    )
  }
  // One image from the first preview on: the browser shows what it has until it has the next.
  return (
    <div className={picture.isMade ? "vt-frame" : "vt-frame vt-preview"}>
      <img
        src={url(picture.key)}
        alt={picture.isMade ? picture.caption || picture.name : `${label}, not finished`}
        onLoad={({ currentTarget: it }) => onLoad(it.naturalWidth / it.naturalHeight)}
        onError={() => setGone(picture.key)}
      />
      {picture.isMade ? (
        <button
          type="button"
          className="vt-open"
          title="Full size"
          aria-label={`${label}, full size`}
          onClick={onOpen}
        />
      ) : (
        <span className="vt-badge">{isWorking ? "Preview" : "Not finished"}</span>
      )}
    </div>
  )
}

function About({ prompt, details }) {
  const [isOpen, setOpen] = useState(false)
  const isLong = prompt.length > LONG || prompt.includes("\n")
  return (
    <div className="vt-about">
      {prompt && <p className={isLong && !isOpen ? "vt-prompt vt-clamped" : "vt-prompt"}>{prompt}</p>}
      {isLong && (
        <button type="button" className="vt-link" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? "Less" : "More"}
        </button>
      )}
      {details.length > 0 && (
        <dl>
          {details.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  )
}

function Tool({ icon: Icon, label, name, ...more }) {
  return (
    <button type="button" className="vt-button" aria-label={name} title={name} {...more}>
      <Icon aria-hidden="true" />
      {label}
    </button>
  )
}

function Tools({ picture, number, isAlone, canChange, disabled, onVary, onEdit }) {
  const url = useUrl()
  const label = (word) => (isAlone ? word : null)
  const name = (word) => (isAlone ? undefined : `${word} picture ${number}`)
  return (
    <>
      {canChange && (
        <>
          <Tool icon={Shuffle} label={label("Vary")} name={name("Vary")} disabled={disabled} onClick={onVary} />
          <Tool icon={Pencil} label={label("Edit")} name={name("Edit")} disabled={disabled} onClick={onEdit} />
        </>
      )}
      <a
        className="vt-button"
        href={url(picture.key)}
        download={picture.name}
        aria-label={name("Download") ?? "Download"}
        title={name("Download")}
      >
        <Download aria-hidden="true" />
        {isAlone && <span>Download</span>}
      </a>
    </>
  )
}

function FullSize({ pictures, at, onMove }) {
  const url = useUrl()
  const goBack = useReturn()
  const [isLarge, setLarge] = useState(false)
  const [isReduced, setReduced] = useState(false)
  const picture = pictures[at]
  const move = (by) => {
    setLarge(false)
    onMove((at + by + pictures.length) % pictures.length)
  }
  const press = (event) => {
    // In a picture larger than the window the arrows move what is seen of it.
    if (isLarge || pictures.length < 2) return
    if (event.key === "ArrowLeft") move(-1)
    if (event.key === "ArrowRight") move(1)
  }
  return (
    <Dialog open onOpenChange={(isOpen) => isOpen || onMove(null)}>
      <DialogContent className="vt-dialog vt-full" onKeyDown={press} onCloseAutoFocus={goBack}>
        <DialogTitle className="vt-dialog-title">
          {pictures.length > 1 ? `Picture ${at + 1} of ${pictures.length}` : "Picture"}
        </DialogTitle>
        <DialogDescription className="sr-only">{picture.caption || picture.name}</DialogDescription>
        <div className={isLarge ? "vt-stage vt-large" : "vt-stage"} tabIndex={isLarge ? 0 : undefined}>
          <img
            src={url(picture.key)}
            alt={picture.caption || picture.name}
            onLoad={({ currentTarget: it }) => setReduced(it.naturalWidth > it.clientWidth)}
          />
        </div>
        <div className="vt-line">
          {pictures.length > 1 && (
            <>
              <Tool icon={ChevronLeft} name="Previous picture" onClick={() => move(-1)} />
              <Tool icon={ChevronRight} name="Next picture" onClick={() => move(1)} />
            </>
          )}
          {isReduced && (
            <Tool
              icon={isLarge ? ZoomOut : ZoomIn}
              label={isLarge ? "Fit the window" : "Actual size"}
              onClick={() => setLarge(!isLarge)}
            />
          )}
          <a className="vt-button" href={url(picture.key)} download={picture.name}>
            <Download aria-hidden="true" />
            Download
          </a>
        </div>
      </DialogContent>
    </Dialog>
  )
}

function Easel({ picture, size, onSize, brush, strokes, onStrokes }) {
  const url = useUrl()
  const canvas = useRef(null)
  const stroke = useRef(null)
  const [cursor, setCursor] = useState(null)

  useEffect(() => {
    if (size) draw(canvas.current, strokes)
  }, [strokes, size])

  const place = (event) => {
    const box = canvas.current.getBoundingClientRect()
    return [bounded((event.clientX - box.left) / box.width), bounded((event.clientY - box.top) / box.height)]
  }
  const begin = (event) => {
    if (event.button !== 0) return
    event.currentTarget.setPointerCapture(event.pointerId)
    stroke.current = { size: brush, points: [place(event)] }
    draw(canvas.current, [...strokes, stroke.current])
  }
  const go = (event) => {
    setCursor(place(event))
    if (!stroke.current) return
    stroke.current.points.push(place(event))
    draw(canvas.current, [...strokes, stroke.current])
  }
  const end = () => {
    if (!stroke.current) return
    const done = stroke.current
    stroke.current = null
    onStrokes([...strokes, done])
  }
  const press = (event) => {
    const [x, y] = cursor ?? [0.5, 0.5]
    const moves = {
      ArrowLeft: [x - STEP, y],
      ArrowRight: [x + STEP, y],
      ArrowUp: [x, y - STEP],
      ArrowDown: [x, y + STEP],
    }
    if (event.key in moves) setCursor(moves[event.key].map(bounded))
    else if (event.key === " ") {
      setCursor([x, y])
      onStrokes([...strokes, { size: brush, points: [[x, y]] }])
    } else return
    event.preventDefault()
  }

  return (
    <div className="vt-easel">
      <img
        src={url(picture.key)}
        alt={picture.caption || picture.name}
        onLoad={({ currentTarget: it }) => onSize({ width: it.naturalWidth, height: it.naturalHeight })}
      />
      {size && (
        <canvas
          ref={canvas}
          width={size.width}
          height={size.height}
          tabIndex={0}
          role="application"
          aria-label="Mark where the picture may change. Arrow keys move the brush, the space bar marks."
          onPointerDown={begin}
          onPointerMove={go}
          onPointerUp={end}
          onPointerCancel={end}
          onPointerLeave={() => stroke.current || setCursor(null)}
          onKeyDown={press}
        />
      )}
      {cursor && (
        <span
          className="vt-brush"
          aria-hidden="true"
          style={{ left: `${cursor[0] * 100}%`, top: `${cursor[1] * 100}%`, width: `${brush * 100}%` }}
        />
      )}
    </div>
  )
}

function Edit({ picture, disabled, onClose }) {
  const { client, call } = useContext(Page)
  const sessionId = useRecoilValue(sessionIdState)
  const goBack = useReturn()
  const [text, setText] = useState("")
  const [strokes, setStrokes] = useState([])
  const [brush, setBrush] = useState(0.08)
  const [size, setSize] = useState(null)
  const [isSending, setSending] = useState(false)
  const [problem, setProblem] = useState("")
  const line = useRef(null)

  const order = async () => {
    let mask = null
    if (strokes.length > 0) {
      const file = await maskFile(strokes, size)
      mask = (await client.uploadFile(file, () => {}, sessionId).promise).id
    }
    const payload = { picture: picture.key, text, mask }
    return (await call({ name: "vtai_edit", payload })).response
  }

  const send = async (event) => {
    event.preventDefault()
    setSending(true)
    setProblem("")
    try {
      if (await order()) return onClose()
      setProblem("This was not taken; the message at the edge of the window says why.")
    } catch (error) {
      setProblem(typeof error === "string" ? error : "This could not be sent. Try again in a moment.")
    }
    setSending(false)
  }

  const focus = (event) => {
    if (isTouch()) return // the keyboard would cover the picture
    event.preventDefault()
    line.current?.focus()
  }

  return (
    <Dialog open onOpenChange={(isOpen) => isOpen || onClose()}>
      <DialogContent className="vt-dialog vt-edit" onOpenAutoFocus={focus} onCloseAutoFocus={goBack}>
        <DialogTitle className="vt-dialog-title">Edit this picture</DialogTitle>
        <DialogDescription className="vt-facts">
          Say what is to change. Paint over the parts that may change, or over nothing to leave it open.
        </DialogDescription>
        <Easel
          picture={picture}
          size={size}
          onSize={setSize}
          brush={brush}
          strokes={strokes}
          onStrokes={setStrokes}
        />
        <div className="vt-line">
          <label className="vt-size">
            Brush
            <input
              type="range"
              min="0.02"
              max="0.3"
              step="0.01"
              value={brush}
              onChange={(event) => setBrush(Number(event.target.value))}
            />
          </label>
          <Tool
            icon={Undo2}
            label="Undo"
            disabled={strokes.length === 0}
            onClick={() => setStrokes(strokes.slice(0, -1))}
          />
          <Tool icon={Eraser} label="Clear" disabled={strokes.length === 0} onClick={() => setStrokes([])} />
        </div>
        <form className="vt-order" onSubmit={send}>
          <input
            ref={line}
            type="text"
            value={text}
            maxLength={4000}
            aria-label="What is to change"
            placeholder="Make the sky pink"
            onChange={(event) => setText(event.target.value)}
          />
          <button
            type="submit"
            className="vt-button vt-primary"
            disabled={disabled || isSending || !text.trim() || (strokes.length > 0 && !size)}
          >
            Change it
          </button>
        </form>
        {problem && (
          <p className="vt-problem" role="alert">
            {problem}
          </p>
        )}
      </DialogContent>
    </Dialog>
  )
}

function Gallery({ turn, state, work, canChange, offersAgain, prompt, details, waiting, pictures }) {
  const { call } = useContext(Page)
  const { loading } = useChatData()
  const [shown, setShown] = useState(null)
  const [edited, setEdited] = useState(null)
  const [isBusy, setBusy] = useState(false)
  const [ratio, setRatio] = useState(1)
  const made = pictures.filter((picture) => picture.isMade)
  const count = pictures.length + waiting
  const isAlone = count === 1
  const isWorking = state === "working"
  const disabled = loading || isBusy

  const ask = async (name, payload) => {
    setBusy(true)
    try {
      await call({ name, payload })
    } finally {
      setBusy(false)
    }
  }

  const tools = (picture, number) => (
    <Tools
      picture={picture}
      number={number}
      isAlone={isAlone}
      canChange={canChange}
      disabled={disabled}
      onVary={() => ask("vtai_vary", { picture: picture.key })}
      onEdit={() => setEdited(picture.key)}
    />
  )
  const toBeEdited = made.find((picture) => picture.key === edited)

  return (
    <div className="vt-pictures" data-state={state}>
      <div className="vt-gallery" data-count={count}>
        {pictures.map((picture, index) => (
          <figure key={index}>
            <Frame
              picture={picture}
              label={isAlone ? "Picture" : `Picture ${index + 1} of ${count}`}
              isWorking={isWorking}
              onOpen={() => setShown(made.indexOf(picture))}
              onLoad={setRatio}
            />
            {(picture.prompt || picture.details.length > 0) && (
              <figcaption>
                <About prompt={picture.prompt} details={picture.details} />
              </figcaption>
            )}
            {picture.isMade && !isAlone && !isWorking && (
              <div className="vt-line vt-tile-tools">{tools(picture, index + 1)}</div>
            )}
          </figure>
        ))}
        {Array.from({ length: waiting }, (_, index) => (
          <div key={`waiting-${index}`} className="vt-frame vt-empty" style={{ aspectRatio: ratio }} aria-hidden="true" />
        ))}
      </div>
      {isWorking && (
        <p className="vt-progress" role="status">
          <LoaderCircle aria-hidden="true" />
          {work || "Pictures are on their way"}
        </p>
      )}
      {(prompt || details.length > 0) && <About prompt={prompt} details={details} />}
      {!isWorking && (
        <div className="vt-line">
          {offersAgain && (
            <Tool icon={RefreshCw} label="Again" disabled={disabled} onClick={() => ask("vtai_again", { turn })} />
          )}
          {isAlone && made.length === 1 && tools(made[0], 1)}
        </div>
      )}
      {shown !== null && made[shown] && <FullSize pictures={made} at={shown} onMove={setShown} />}
      {toBeEdited && <Edit picture={toBeEdited} disabled={loading} onClose={() => setEdited(null)} />}
    </div>
  )
}

function Pictures({ client, call, about }) {
  return (
    <Page.Provider value={{ client, call, urls: about.urls }}>
      <Gallery
        {...about}
        canChange={about.canChange && !about.isReadOnly}
        offersAgain={about.offersAgain && !about.isReadOnly}
      />
    </Page.Provider>
  )
}

// The page runs this file anew for each change, at each preview and when a reply begins and ends. With one
// component for all runs it only changes what differs: nothing flickers, and what is open or half painted stays.
const Kept = ((window.vtElements ??= {}).Pictures ??= Pictures)

export default <Kept client={apiClient} call={callAction} about={props} />
