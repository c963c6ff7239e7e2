// Shows a run in progress: a live view on a terminal, otherwise plain lines or JSON events.

import Application
import Basics
import Execution
import Foundation
import Planning
import Reporting
import Synchronization

/// Receives the events of a run and shows them.
final class RunProgress: RunDisplay {
    enum Form: Sendable { case live, plain, json, quiet }

    private struct Running {
        var start: ContinuousClock.Instant
        var fraction: Double?
        var text: String
    }

    private struct State {
        var running: [StepID: Running] = [:]
        var ended: [StepID: StepState] = [:]
        var drawnLines = 0
        /// Whether a question is on the terminal, which must not be overdrawn.
        var isAsking = false
        var lastPlain: [StepID: (at: ContinuousClock.Instant, text: String)] = [:]
        /// When a line was last printed.
        var lastLine = ContinuousClock.now
        /// JSON events waiting to be written with the next ones.
        var events: [UInt8] = []
        var lastEvents: ContinuousClock.Instant?
    }

    private let form: Form
    private let terminal: Terminal
    private let kinds: [StepID: StepKind]
    private let total: Int
    private let state = Mutex(State())
    private let start = ContinuousClock.now

    /// Maximum number of steps in the live view.
    private static let maxLines = 12

    /// - Parameter total: the number of steps that run or are cached.
    init(form: Form, terminal: Terminal, plan: Plan, total: Int) {
        self.form = form
        self.terminal = terminal
        kinds = Dictionary(
            plan.steps.indices.map { (plan.steps[$0].id, plan.steps[$0].kind) }, uniquingKeysWith: { first, _ in first })
        self.total = total
    }

    func take(_ event: RunEvent) {
        switch form {
        case .json: state.withLock { writeJSON(event, &$0) }
        case .quiet: showFailure(event)
        case .plain, .live: state.withLock { show(event, &$0) }
        }
    }

    /// Redraws the live view; called several times a second to update elapsed times.
    func tick() {
        switch form {
        case .live: state.withLock { redraw(&$0) }
        case .plain: state.withLock { remind(&$0) }
        case .json: state.withLock { flush(&$0) }
        case .quiet: break
        }
    }

    /// Removes the live view and writes pending output.
    func finish() {
        switch form {
        case .live: state.withLock { erase(&$0) }
        case .json: state.withLock { flush(&$0) }
        case .plain, .quiet: break
        }
    }

    /// Asks a yes/no question with the live view removed.
    func ask(_ question: String) async -> Bool {
        state.withLock {
            erase(&$0)
            $0.isAsking = true
        }
        defer { state.withLock { $0.isAsking = false } }
        return await Terminal.ask(question, isWatched: true)
    }

    // MARK: Text

    private func show(_ event: RunEvent, _ state: inout State) {
        switch event {
        case .cached(let ids): for id in ids { state.ended[id] = .cached }
        case .step(let id, let step, let seconds, let message):
            switch step {
            case .running: state.running[id] = Running(start: .now, fraction: nil, text: "")
            default:
                state.running[id] = nil
                state.ended[id] = step
            }
            // One failure may block hundreds of steps: the end of the run counts them, and 'assay show' lists them.
            if step == .running ? form == .plain : step != .cached && step != .notNeeded && step != .blocked {
                print(line(id, step, seconds, message), &state)
            }
        case .progress(let id, let fraction, let text):
            state.running[id]?.fraction = fraction
            state.running[id]?.text = text
        case .note(let id, let text):
            print((id.map { "  \($0): " } ?? "  ") + text, &state)
        }
        if form == .live { redraw(&state) }
    }

    /// `--quiet` hides progress, not errors.
    private func showFailure(_ event: RunEvent) {
        guard case .step(let id, .failed, let seconds, let message) = event else { return }
        Terminal.writeError(line(id, .failed, seconds, message))
    }

    private func line(_ id: StepID, _ step: StepState, _ seconds: Double?, _ message: String?) -> String {
        let mark =
            switch step {
            case .ran: terminal.hasUnicode ? "✓" : "+"
            case .failed: terminal.hasUnicode ? "✗" : "x"
            case .blocked: "-"
            case .waiting: terminal.hasUnicode ? "…" : "~"
            case .running: terminal.hasUnicode ? "▸" : ">"
            case .cached, .notNeeded: "="
            }
        var text = "\(mark) \(id)"
        switch step {
        case .running: text += " started"
        case .ran: break
        default: text += " \(step.rawValue)"
        }
        if let seconds, seconds >= 0.05 { text += "  \(DurationText.of(seconds: seconds))" }
        if let message { text += "  \(message)" }
        guard terminal.hasColors else { return text }
        switch step {
        case .ran: return TerminalText.styled(text, .green)
        case .failed: return TerminalText.styled(text, .red)
        default: return text
        }
    }

    private func print(_ line: String, _ state: inout State) {
        if form == .live { erase(&state) }
        state.lastLine = .now
        Terminal.writeLine(line)
    }

    /// Prints lines for silent steps, so that the output never pauses for more than two seconds. A step without news,
    /// such as a queued job, gets a line only if no other line was printed.
    private func remind(_ state: inout State) {
        let now = ContinuousClock.now
        let silent = state.running.map { id, running in
            (id: id, running: running, last: state.lastPlain[id] ?? (at: running.start, text: ""))
        }
        for (id, running, last) in silent.sorted(by: { ($0.last.at, $0.id) < ($1.last.at, $1.id) }) {
            guard now - last.at > .seconds(2) else { continue }
            if running.text == last.text, now - state.lastLine <= .seconds(2) { continue }
            state.lastPlain[id] = (now, running.text)
            state.lastLine = now
            let elapsed = Int(saturating: (now - running.start) / .seconds(1))
            Terminal.writeLine("  \(id): \(running.text.isEmpty ? "working" : running.text) (\(elapsed) s)")
        }
    }

    private func erase(_ state: inout State) {
        guard state.drawnLines > 0 else { return }
        Terminal.eraseLines(state.drawnLines)
        state.drawnLines = 0
    }

    private func redraw(_ state: inout State) {
        guard !state.isAsking else { return }
        erase(&state)
        let now = ContinuousClock.now
        var lines: [String] = []
        // If more steps run than fit, show those with the most information: a cluster's queue can be long.
        let order = state.running.sorted {
            ($0.value.fraction == nil ? 1 : 0, $0.value.start, $0.key) < (
                $1.value.fraction == nil ? 1 : 0, $1.value.start, $1.key
            )
        }
        for (id, running) in order.prefix(RunProgress.maxLines) {
            let elapsed = (now - running.start) / .seconds(1)
            var text = "\(spinner(now)) \(id)  "
            if let fraction = running.fraction {
                text += bar(fraction) + " "
                if fraction > 0.05, fraction < 1, elapsed > 2 {
                    text += "\(DurationText.of(seconds: elapsed / fraction * (1 - fraction))) left  "
                }
            }
            text += "\(running.text)  \(DurationText.of(seconds: elapsed))"
            lines.append(String(TerminalText.filtered(TerminalText.singleLine(text)).prefix(terminal.width - 1)))
        }
        if order.count > RunProgress.maxLines { lines.append("  and \(order.count - RunProgress.maxLines) more") }
        let done = state.ended.values.count { $0 != .notNeeded }
        let cached = state.ended.values.count { $0 == .cached }
        lines.append(
            "\(done) of \(total) steps, \(cached) cached  "
                + DurationText.of(seconds: (now - start) / .seconds(1)))
        Terminal.write(lines.joined(separator: "\n") + "\n")
        state.drawnLines = lines.count
    }

    private func spinner(_ now: ContinuousClock.Instant) -> String {
        let frames = terminal.hasUnicode ? ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧"] : ["|", "/", "-", "\\"]
        return frames[Int(saturating: (now - start) / .milliseconds(120)) % frames.count]
    }

    private func bar(_ fraction: Double) -> String {
        let width = 20
        let filled = min(width, max(0, Int(saturating: (fraction * Double(width)).rounded())))
        let (full, empty) = terminal.hasUnicode ? ("█", "░") : ("#", ".")
        return String(repeating: full, count: filled) + String(repeating: empty, count: width - filled)
    }

    // MARK: JSON

    /// Batches frequent events; none is written later than the next tick.
    private static let between: Duration = .milliseconds(20)

    private func flush(_ state: inout State) {
        guard !state.events.isEmpty else { return }
        Terminal.writeJSON(state.events)
        state.events.removeAll(keepingCapacity: true)
        state.lastEvents = .now
    }

    private func writeJSON(_ event: RunEvent, _ state: inout State) {
        func add(_ members: [String: JSONValue]) {
            JSONValue.object(members).writeCanonical(to: &state.events)
            state.events.append(UInt8(ascii: "\n"))
        }
        func step(_ id: StepID, _ state: StepState) -> [String: JSONValue] {
            [
                "event": "step", "id": .string(id.text), "kind": .string(kinds[id]?.rawValue ?? ""),
                "state": .string(state.rawValue),
            ]
        }
        switch event {
        case .cached(let ids): for id in ids { add(step(id, .cached)) }
        case .step(let id, let state, let seconds, let message):
            guard state != .notNeeded else { return }
            var members = step(id, state)
            if let seconds { members["seconds"] = .double(seconds) }
            if let message { members["message"] = .string(message) }
            add(members)
        case .progress(let id, let fraction, let text):
            var members: [String: JSONValue] = ["event": "progress", "id": .string(id.text), "text": .string(text)]
            if let fraction { members["fraction"] = .double(fraction) }
            add(members)
        case .note(let id, let text):
            var members: [String: JSONValue] = ["event": "note", "text": .string(text)]
            if let id { members["id"] = .string(id.text) }
            add(members)
        }
        if state.lastEvents.map({ .now - $0 > RunProgress.between }) ?? true { flush(&state) }
    }
}
