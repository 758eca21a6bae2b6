// What plays replies aloud: one sound at a time on the whole page, sentence after sentence. The elements Speech
// and ReplyFooter show what it does.
;(() => {
  const REMEMBERED = "vt-speech-rate"
  const RATES = [0.75, 1, 1.25, 1.5, 2]
  const players = new Map()
  const views = new Set()
  const audio = Object.assign(document.createElement("audio"), { id: "vt-audio", hidden: true })
  document.documentElement.append(audio)

  let current = null
  // Whoever waits for something looks whether it is still the one: each order makes a new ticket.
  let ticket = 0
  let rate = Number(localStorage.getItem(REMEMBERED))
  if (!RATES.includes(rate)) rate = 1

  const tell = () => views.forEach((view) => view())

  const set = (player, status) => {
    player.status = status
    tell()
  }

  const silence = () => {
    ticket += 1
    audio.pause()
  }

  const forget = (piece) => {
    if (piece?.blob) URL.revokeObjectURL(piece.blob)
    if (piece) piece.blob = null
  }

  const load = async (piece) => {
    piece.loading ??= (async () => {
      try {
        const answer = await fetch(piece.url, { credentials: "include" })
        if (!answer.ok) throw new Error(`${answer.status}`)
        piece.blob = URL.createObjectURL(await answer.blob())
      } finally {
        piece.loading = null
      }
    })()
    await piece.loading
  }

  const stop = (player) => {
    if (!player) return
    if (current === player) {
      silence()
      current = null
    }
    player.pieces.forEach(forget)
    player.at = 0
    set(player, "stopped")
  }

  // Sentences that are gone from the server are still in the file.
  const fail = (player) => {
    if (player.files.length > 0 && player.pieces !== player.files) {
      player.pieces = player.files
      start(player, 0)
    } else {
      stop(player)
      set(player, "failed")
    }
  }

  const start = async (player, at) => {
    if (current && current !== player) stop(current)
    silence()
    const mine = ticket
    forget(player.pieces[player.at - 1])
    current = player
    while (at < player.pieces.length && !player.pieces[at]) at += 1
    player.at = at
    const piece = player.pieces[at]
    if (!piece) {
      if (player.isMade) stop(player)
      else set(player, "waiting")
      return
    }
    set(player, "loading")
    try {
      if (!piece.blob) await load(piece)
    } catch {
      if (mine === ticket) fail(player)
      return
    }
    if (mine !== ticket) return
    audio.src = piece.blob
    await resume(player)
    const next = player.pieces[at + 1]
    if (next && !next.blob) load(next).catch(() => {})
  }

  const resume = async (player) => {
    silence()
    const mine = ticket
    audio.defaultPlaybackRate = audio.playbackRate = rate
    try {
      await audio.play()
      if (mine === ticket) set(player, "playing")
    } catch (error) {
      if (mine !== ticket) return
      // Browsers want a press of a button before the first sound.
      if (error.name === "NotAllowedError") set(player, "paused")
      else fail(player)
    }
  }

  audio.addEventListener("ended", () => {
    if (current) start(current, current.at + 1)
  })

  const isOn = (player) => ["playing", "loading", "waiting"].includes(player?.status)

  const play = (player) => {
    if (!player || isOn(player)) return
    if (current === player && player.status === "paused" && player.pieces[player.at]?.blob) resume(player)
    else start(player, player.at)
  }

  const pause = (player) => {
    if (current !== player) return
    silence()
    set(player, "paused")
  }

  // The properties of an element Speech; `url` makes an address of a key.
  const update = (about, url) => {
    let player = players.get(about.reply)
    const isNew = player?.id !== about.id
    if (isNew) {
      stop(player)
      player = { id: about.id, pieces: [], files: [], at: 0, status: "stopped", isMade: false }
      players.set(about.reply, player)
    }
    const wasMade = player.isMade
    if (player.pieces !== player.files) {
      about.pieces.forEach((piece, at) => {
        player.pieces[about.first + at] ??= { url: url(piece.key), text: piece.text }
      })
    }
    if (about.files.length > player.files.length) {
      player.files = about.files.map((file) => ({ url: url(file.key), text: file.text }))
    }
    if (player.pieces.length === 0 && player.files.length > 0) player.pieces = player.files
    player.state = about.state
    player.isMade = about.state !== "making"
    if (about.state === "stopped" && !wasMade) stop(player)
    else if (isNew && about.begins) start(player, 0)
    else if (current === player && player.status === "waiting") start(player, player.at)
    else tell()
  }

  // Whoever says something new does not listen any more; nor does a page that left the reply.
  let said = 0
  let isDue = false
  const look = () => {
    isDue = false
    const count = document.querySelectorAll('[data-step-type="user_message"]').length
    if (count > said) stop(current)
    said = count
    if (!current) return
    const isShown = [...document.querySelectorAll(".vt-speech")].some((it) => players.get(it.dataset.reply) === current)
    if (current.wasShown && !isShown) stop(current)
    else current.wasShown = isShown
  }
  new MutationObserver(() => {
    if (isDue) return
    isDue = true
    requestAnimationFrame(look)
  }).observe(document.documentElement, { childList: true, subtree: true })

  // Stop means silence at once, and a microphone hears no reply.
  const quiets = '#stop-button, [data-part="microphone"], #new-chat-button'
  document.addEventListener("click", ({ target }) => target.closest?.(quiets) && stop(current), true)

  const of = (reply) => players.get(reply)

  window.vtSpeech = {
    RATES,
    of,
    update,
    isOn: (reply) => isOn(of(reply)),
    play: (reply) => play(of(reply)),
    pause: (reply) => pause(of(reply)),
    stop: (reply) => stop(of(reply)),
    seek: (reply, at) => of(reply) && start(of(reply), at),
    rate: () => rate,
    setRate: (value) => {
      rate = value
      localStorage.setItem(REMEMBERED, String(rate))
      audio.defaultPlaybackRate = audio.playbackRate = rate
      tell()
    },
    subscribe: (view) => {
      views.add(view)
      return () => views.delete(view)
    },
  }
})()
