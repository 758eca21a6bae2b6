// Sharing, saving and bringing in of conversations: what the page's own list of them does not offer.
;(() => {
  const ICONS = {
    share: "M4 12v7a1 1 0 0 0 1 1h14a1 1 0 0 0 1-1v-7M16 6l-4-4-4 4M12 2v13",
    links: "M10 13a5 5 0 0 0 7.5.5l3-3a5 5 0 0 0-7-7l-1.7 1.7M14 11a5 5 0 0 0-7.5-.5l-3 3a5 5 0 0 0 7 7l1.7-1.7",
    person: "M20 21a8 8 0 0 0-16 0M12 13a5 5 0 1 0 0-10 5 5 0 0 0 0 10",
    import: "M12 3v12M8 11l4 4 4-4M4 17v3a1 1 0 0 0 1 1h14a1 1 0 0 0 1-1v-3",
  }
  const SVG = "http://www.w3.org/2000/svg"

  const make = (tag, more = {}, ...children) => {
    const { dataset, ...plain } = more
    const element = Object.assign(document.createElement(tag), plain)
    Object.assign(element.dataset, dataset)
    element.append(...children)
    return element
  }

  const icon = (name) => {
    const svg = document.createElementNS(SVG, "svg")
    const path = document.createElementNS(SVG, "path")
    for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", "stroke-width": 2, "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": true })) {
      svg.setAttribute(key, value)
    }
    path.setAttribute("d", ICONS[name])
    svg.append(path)
    return svg
  }

  const button = (label, onclick, more = {}) => make("button", { type: "button", className: "vt-button", onclick, ...more }, label)

  // Answers in JSON; what goes wrong is an error in the server's words.
  const ask = async (method, path, body) => {
    const headers = { "Content-Type": "application/json" }
    const answer = await fetch(path, { method, headers, body: body && (body instanceof Blob ? body : JSON.stringify(body)) })
    const found = await answer.json().catch(() => ({}))
    if (answer.ok) return found
    const { detail, message, hint, error } = found
    const words = typeof detail === "string" ? detail : [message ?? error?.message, hint ?? error?.hint].filter(Boolean).join(" ")
    throw new Error(words || "The server did not take this. Reload the page and try again.")
  }

  const thread = () => /^\/thread\/([0-9a-f-]{36})$/.exec(location.pathname)?.[1]
  const address = (token) => `${location.origin}/share/${token}`
  const day = (at) => new Date(at).toLocaleString("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" })

  // A list over the chat keeps the keyboard to itself until it is gone.
  const closeList = async () => {
    document.querySelector('[data-mobile="true"] #sidebar-trigger-button')?.click()
    for (let tries = 0; tries < 50 && document.querySelector('[data-mobile="true"]'); tries++) {
      await new Promise((done) => setTimeout(done, 20))
    }
  }

  // One dialogue at a time. `fill` puts the content there, and is called again after each change.
  const open = async (title, fill) => {
    await closeList()
    document.querySelector("#vt-history-dialog")?.remove()
    const content = make("div", { className: "vt-history-content" })
    const problem = make("p", { className: "vt-problem", role: "alert" })
    const dialog = make(
      "dialog",
      { id: "vt-history-dialog", onclose: () => dialog.remove() },
      make("h2", { id: "vt-history-title" }, title),
      content,
      problem,
      make("div", { className: "vt-line vt-history-end" }, button("Close", () => dialog.close())),
    )
    dialog.setAttribute("aria-labelledby", "vt-history-title")
    // A click beside it closes it.
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close())
    const show = async () => {
      try {
        content.replaceChildren(...(await fill(attempt)))
      } catch (error) {
        problem.textContent = error.message
      }
    }
    const attempt = async (work) => {
      problem.textContent = ""
      try {
        await work()
        await show()
      } catch (error) {
        problem.textContent = error.message
      }
    }
    document.body.append(dialog)
    dialog.showModal()
    return show()
  }

  const copy = async (event, token, field) => {
    const it = event.currentTarget
    try {
      await navigator.clipboard.writeText(address(token))
      it.textContent = "Copied"
    } catch {
      field.select()
      it.textContent = "Press Ctrl+C"
    }
  }

  const link = ({ token, name, at }, attempt) => {
    const field = make("input", { readOnly: true, value: address(token), ariaLabel: `Link to ${name}`, onfocus: () => field.select() })
    return make(
      "li",
      { dataset: { token } },
      make("p", { className: "vt-facts" }, `${name} (as it was on ${day(at)})`),
      make(
        "div",
        { className: "vt-line" },
        field,
        button("Copy", (event) => copy(event, token, field)),
        button("Take back", () => attempt(() => ask("DELETE", "/project/share", { token }))),
      ),
    )
  }

  const shares = async (id) => (await ask("GET", "/project/shares")).data.filter((share) => !id || share.threadId === id)

  const list = (found, attempt) => make("ul", { className: "vt-history-links" }, ...found.map((share) => link(share, attempt)))

  const openThread = (id) =>
    open("Share or save this conversation", async (attempt) => {
      const found = await shares(id)
      const file = (format) => `/api/v1/conversations/${id}/export?format=${format}`
      const about = "Whoever is let in on this server and has the link sees the conversation as it is now, not what is said later. You can take a link back."
      return [
        make("h3", {}, "Share by a link"),
        make("p", { className: "vt-facts" }, about),
        ...(found.length ? [list(found, attempt)] : []),
        make("div", { className: "vt-line" }, button("Make a link", () => attempt(() => ask("PUT", "/project/thread/share", { threadId: id, isShared: true })), { className: "vt-button vt-primary", id: "vt-make-link" })),
        make("h3", {}, "Save as a file"),
        make(
          "div",
          { className: "vt-line" },
          make("a", { className: "vt-button", href: file("markdown"), download: "" }, "Markdown, to read"),
          make("a", { className: "vt-button", href: file("json"), download: "" }, "JSON, to bring in elsewhere"),
        ),
      ]
    })

  const openShares = () =>
    open("Shared links", async (attempt) => {
      const found = await shares()
      return [found.length ? list(found, attempt) : make("p", { className: "vt-facts" }, "No conversation is shared by a link.")]
    })

  const openImport = () =>
    open("Bring in conversations", async (attempt) => {
      const file = make("input", { type: "file", accept: ".json,application/json", id: "vt-import-file", ariaLabel: "File with conversations" })
      const take = async () => {
        if (!file.files.length) throw new Error("Choose a file first.")
        const { conversations } = await ask("POST", "/api/v1/conversations/import", file.files[0])
        location.assign(`/thread/${conversations[0]}`)
      }
      return [
        make("p", { className: "vt-facts" }, "A JSON file that was saved here or on another server with VT.ai, or conversations.json of an export of ChatGPT; up to 50 MB. Nothing that is here is changed by it."),
        file,
        make("div", { className: "vt-line" }, button("Bring in", () => attempt(take), { className: "vt-button vt-primary", id: "vt-import" })),
      ]
    })

  const small = (id, name, label, onclick) => {
    const it = make("button", { type: "button", id, className: "vt-history-button", title: label, ariaLabel: label, onclick }, icon(name))
    return it
  }

  const repair = () => {
    // With the list out of sight, nobody else gives a new chat its address; without one a reload would lose it.
    const started = location.pathname === "/" && isKept && document.querySelector('.vt-footer[data-thread]:not([data-thread=""])')
    if (started) history.replaceState(history.state, "", `/thread/${started.dataset.thread}`)
    const composer = isReader && document.querySelector("#message-composer")
    if (composer && !composer.querySelector(".vt-reader")) {
      document.documentElement.dataset.reader = ""
      composer.append(make("p", { className: "vt-reader" }, "You can read here, and not send messages. An admin can change that."))
    }
    const page = location.pathname.split("/")[1]
    if (document.documentElement.dataset.page !== page) document.documentElement.dataset.page = page
    const header = document.querySelector("#header > div:last-child")
    const existing = document.querySelector("#vt-share")
    const isWanted = isKept && thread() && document.querySelector(".step")
    if (!isWanted) existing?.remove()
    else if (header && !existing) header.prepend(small("vt-share", "share", "Share or save this conversation", () => openThread(thread())))
    const copy = document.querySelector("#vt-copy")
    if (page !== "share") copy?.remove()
    else if (header && !copy) header.prepend(make("p", { id: "vt-copy", title: "What was said until the link was made" }, "Shared copy, read only"))
    const side = isKept && document.querySelector('[data-sidebar="sidebar"]:not([data-mobile]), [data-mobile="true"] > div')
    if (side && !side.querySelector(".vt-history-more")) {
      side.append(
        make(
          "div",
          { className: "vt-history-more" },
          make("button", { type: "button", onclick: openShares }, icon("links"), "Shared links"),
          ...(isReader ? [] : [make("button", { type: "button", onclick: openImport }, icon("import"), "Bring in")]),
          ...(hasAccount ? [make("a", { href: "/account" }, icon("person"), "Account")] : []),
        ),
      )
    }
  }

  // Without a history there is nothing of all this.
  let isKept = false
  let hasAccount = false
  let isReader = false
  const learn = async () => {
    const config = await (await fetch("/auth/config")).json()
    const settings = await (await fetch("/project/settings?language=en-US")).json()
    if (config.requireLogin) {
      const user = await (await fetch("/user")).json()
      // Where nobody signs in, there is nobody to sign out.
      document.documentElement.dataset.person = user.id
      hasAccount = user.id !== "local"
      isReader = !user.metadata.scopes.includes("chat")
    }
    // Last: what is offered depends on who it is.
    isKept = Boolean(config.requireLogin && settings.dataPersistence)
    repair()
  }

  // On a narrow screen the list lies over the chat: it makes room for what was chosen from it.
  document.addEventListener("click", ({ target }) => {
    const chosen = target.closest?.('[data-mobile="true"] :is(#thread-history a, #new-chat-button)')
    if (!chosen || target.closest("#thread-options")) return
    const close = document.querySelector('[data-mobile="true"] #sidebar-trigger-button')
    setTimeout(() => close?.isConnected && close.click(), 50)
  })

  window.vtHistory = { repair }
  learn().catch(() => {})
})()
