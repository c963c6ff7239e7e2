// Messages of the worker's process errors.

import Platform

extension VisionWorkerError: CustomStringConvertible {
    /// The message for users, with the recommended action.
    package var description: String {
        switch self {
        case .cannotStart(let executable, let reason):
            "the vision worker '\(executable)' does not start: \(reason)"
        case .workerDied(let status, let hint, let lastWords):
            "the vision worker died \(status.text)" + (hint.map { "; \($0.text)" } ?? "")
                + (lastWords.isEmpty ? "" : "; end of its output: " + lastWords.joined(separator: " / "))
        case .protocolBroken(let line):
            "the vision worker sent an invalid message: \(line.prefix(200))"
        }
    }
}

extension ExitStatus {
    fileprivate var text: String {
        switch self {
        case .exited(let code): "with status \(code)"
        case .signalled(9): "by signal 9 (out of memory?)"
        case .signalled(let signal): "by signal \(signal)"
        }
    }
}

extension VisionWorkerError.Hint {
    /// The hint as a clause of the error message.
    package var text: String {
        switch self {
        case .tryBatchSize(let size): "if memory ran out, try batch_size \(size)"
        }
    }
}
