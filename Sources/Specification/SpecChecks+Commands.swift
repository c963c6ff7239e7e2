// Checks programs and their inputs.

import Basics
import TaskKit

extension SpecChecks {
    func checkInputs(_ command: CommandSpec, at path: [String]) {
        for (index, input) in command.inputs.enumerated() {
            guard case .output(let other, let output) = input else { continue }
            let place = path + ["inputs", String(index)]
            guard let source = spec.commands[other] else {
                let known = names(of: "command")
                if !known.contains(other) {
                    reading.report(
                        .unknownReference(
                            kind: "command", name: other, nearest: known.nearest(to: other), known: known),
                        at: self.place(place + ["from"]))
                }
                continue
            }
            if let output, !source.outputs.contains(output) {
                reading.report(
                    .unknownReference(
                        kind: "output", name: output, nearest: source.outputs.nearest(to: output), known: source.outputs
                    ),
                    at: self.place(place + ["output"]))
            }
        }
    }

    func checkCommands() {
        guard !spec.commands.isEmpty else { return }
        for (name, command) in spec.commands where !command.inputs.isEmpty {
            // Only commands that read outputs of others need this check; a spec may have ten thousand commands.
            if command.inputs.contains(where: { if case .output = $0 { true } else { false } }) {
                checkInputs(command, at: ["commands", name])
            }
        }
        if let cycle = commandCycle() { report(.commandCycle(cycle), at: "commands", cycle[0], "inputs") }
    }

    /// A cycle of commands that read each other's outputs; `nil` when there is none. Iterative, because chains may be
    /// long.
    func commandCycle() -> [String]? {
        enum State { case open, done }
        func sources(_ name: String) -> [String] {
            (spec.commands[name]?.inputs ?? []).compactMap { if case .output(let other, _) = $0 { other } else { nil } }
        }
        var states: [String: State] = [:]
        for start in spec.commands.names where states[start] == nil {
            var path: [(name: String, rest: ArraySlice<String>)] = [(start, sources(start)[...])]
            states[start] = .open
            while let last = path.indices.last {
                guard let next = path[last].rest.popFirst() else {
                    states[path.removeLast().name] = .done
                    continue
                }
                switch states[next] {
                case .open: return path.map(\.name).drop { $0 != next } + [next]
                case .done: continue
                case nil:
                    states[next] = .open
                    path.append((next, sources(next)[...]))
                }
            }
        }
        return nil
    }
}
