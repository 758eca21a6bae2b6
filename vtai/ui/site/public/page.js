// Small repairs of the page: names for buttons that have only a picture, and the theme of the machine.
;(() => {
  // The page loads one script by itself; these play replies, and share conversations.
  const here = document.currentScript.src
  for (const script of ["speech.js", "history.js"]) {
    document.head.append(Object.assign(document.createElement("script"), { src: new URL(script, here).href }))
  }

  if (!localStorage.getItem("vite-ui-theme")) localStorage.setItem("vite-ui-theme", "system")

  const NAMES = {
    "#chat-submit": "Send message",
    "#stop-button": "Stop",
    "#upload-button": "Attach files",
    "#chat-settings-open-modal": "Settings",
    "#new-chat-button": "New chat",
    "#theme-toggle": "Light or dark",
    "#command-button": "Tools",
    ".edit-message": "Edit message",
    "button:has(> .lucide-arrow-down)": "To the newest message",
    '[id="#upload-drop-input"]': "Drop files here",
    "#upload-button-input": "Attach files",
    "#chat-input": "Message",
    "#edit-chat-input": "Message",
    "#side-view-title button": "Close",
    "#search-chats-button": "Search conversations",
    "#sidebar-trigger-button": "List of conversations",
    "#user-nav-button": "Your account",
    "#thread-options": "Rename or delete",
    ".positive-feedback-off, .positive-feedback-on": "Helpful",
    ".negative-feedback-off, .negative-feedback-on": "Not helpful",
    "[data-panel-resize-handle-id]": "Width of the list",
  }

  const name = (element, label) => {
    if (element.getAttribute("aria-label") !== label) element.setAttribute("aria-label", label)
  }

  const scrolls = (element) =>
    element.scrollWidth > element.clientWidth ||
    (element.scrollHeight > element.clientHeight && getComputedStyle(element).overflowY === "auto")

  const repair = () => {
    window.vtHistory?.repair()
    beginAtEnd()
    for (const [selector, label] of Object.entries(NAMES)) {
      document.querySelectorAll(selector).forEach((element) => name(element, label))
    }
    // What is left without a name in an answer copies it, or the code in it.
    document.querySelectorAll(".ai-message button:not([aria-label])").forEach((element) => {
      if (!element.textContent.trim()) name(element, "Copy")
    })
    // A slider's label is beside it, and not its own.
    document.querySelectorAll('#chat-settings [role="slider"]').forEach((element) => {
      const label = document.querySelector(`label[for="${element.closest("[id]").id}"]`)
      if (label) name(element, label.firstChild.textContent)
    })
    // What scrolls must be reachable with the keyboard.
    const scrolled = ".message-content :is(pre, code, .katex-display, .overflow-auto, .overflow-x-auto)"
    document.querySelectorAll(scrolled).forEach((element) => {
      if (element.tabIndex < 0 && scrolls(element)) element.tabIndex = 0
    })
    const side = document.querySelector("#side-view-content")
    if (side && side.scrollHeight > side.clientHeight && side.tabIndex < 0) side.tabIndex = 0
    // The drop zone calls the button inside it decoration.
    document.querySelectorAll('#upload-button[role="presentation"]').forEach((it) => it.removeAttribute("role"))
    // The handle beside the side view names a panel by an id that no element has.
    document.querySelectorAll("[data-panel-resize-handle-id][aria-controls]").forEach((it) => {
      if (!document.getElementById(it.getAttribute("aria-controls"))) it.removeAttribute("aria-controls")
    })
    // On a narrow screen the side view is a dialogue whose name is not the one that it is said to have.
    const sheet = document.querySelector('[role="dialog"]:has(> #side-view-content)')
    if (sheet && sheet.getAttribute("aria-labelledby") !== "side-view-title") {
      sheet.setAttribute("aria-labelledby", "side-view-title")
    }
    // In the list, a link holds a button that holds the menu's button: the link is enough for the way there.
    document.querySelectorAll("#thread-history a > button").forEach((it) => {
      it.setAttribute("role", "group")
      it.tabIndex = -1
      name(it, it.textContent.trim())
    })
    // What is called a list there has no entries of its own.
    document.querySelector("ul:has(> #thread-history)")?.setAttribute("role", "presentation")
    document.querySelectorAll("#thread-options:not([role])").forEach((it) => {
      it.setAttribute("role", "button")
      it.tabIndex = 0
    })
    // On a narrow screen the list is a dialogue without a name.
    const list = document.querySelector('[data-mobile="true"][data-sidebar="sidebar"]')
    if (list && !document.getElementById(list.getAttribute("aria-labelledby"))) {
      list.removeAttribute("aria-labelledby")
      name(list, "Conversations")
    }
    // What a search finds comes later than its field, and then the first of it is not always chosen: Enter would do nothing.
    const found = document.querySelector('[role="dialog"] [cmdk-item]')
    if (found && !document.querySelector('[role="dialog"] [cmdk-item][aria-selected="true"]')) {
      found.dispatchEvent(new PointerEvent("pointermove", { bubbles: true }))
    }
    // The microphone has no id: it is the first button of the message box.
    const first = document.querySelector("#message-composer button:not([id])")
    if (first && !first.textContent.trim()) {
      first.dataset.part = "microphone"
      name(first, document.querySelector("#message-composer canvas") ? "Stop listening" : "Speak your message")
    }
    document.querySelectorAll('[id^="mode-picker-trigger-"]').forEach((element) => {
      const what = element.id.endsWith("model") ? "Model" : "Route"
      name(element, `${what}: ${element.textContent.trim()}`)
    })
  }

  // A chat that is opened begins at its end. Its pictures come later and would push that out of sight.
  let hadMessages = false
  const beginAtEnd = () => {
    const first = document.querySelector('[data-step-type="user_message"]')
    const isOpened = first && !hadMessages && document.querySelector('[data-step-type="assistant_message"]')
    hadMessages = Boolean(first)
    const pane = isOpened && location.pathname.startsWith("/thread/") && first.closest(".overflow-y-auto")
    if (!pane) return
    // What comes below the messages is room for the next answer: there is nothing to see there.
    const messages = pane.firstElementChild
    const watch = new ResizeObserver(() => {
      pane.scrollTop = Math.max(pane.scrollTop, messages.offsetHeight - pane.clientHeight)
    })
    watch.observe(messages)
    const end = () => watch.disconnect()
    setTimeout(end, 5000)
    for (const what of ["wheel", "touchmove", "pointerdown", "keydown"]) {
      addEventListener(what, end, { once: true, passive: true, capture: true })
    }
  }

  // A picture that is waiting to be sent, of a kind that this browser cannot show, is shown by its name.
  document.addEventListener(
    "error",
    ({ target }) => {
      if (!(target instanceof HTMLImageElement) || !target.closest("#attachments")) return
      target.classList.add("vt-unshown")
      target.parentElement.dataset.name = target.alt
    },
    true,
  )

  let isDue = false
  const schedule = () => {
    if (isDue) return
    isDue = true
    requestAnimationFrame(() => {
      isDue = false
      repair()
    })
  }
  new MutationObserver(schedule).observe(document.documentElement, { childList: true, subtree: true })
})()
