// The wording of the worker's process errors.

extension VisionWorkerError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .cannotStart(let executable, let reason):
            "the vision worker '\(executable)' does not start: \(reason)"
        case .workerDied(let signal, let status, let hint, let lastWords):
            "the vision worker died" + Self.cause(signal: signal, status: status)
                + (hint.map { "; \($0.words)" } ?? "")
                + (lastWords.isEmpty ? "" : "; its last words: " + lastWords.joined(separator: " / "))
        case .protocolBroken(let line):
            "the vision worker sent a line that is not of its protocol: \(line.prefix(200))"
        }
    }

    private static func cause(signal: Int32?, status: Int32?) -> String {
        if let signal { return " by signal \(signal)" + (signal == 9 ? " (out of memory?)" : "") }
        if let status { return " with status \(status)" }
        return ""
    }
}

extension VisionWorkerError.Hint {
    package var words: String {
        switch self {
        case .tryBatchSize(let size): "if memory ran out, try batch_size \(size)"
        }
    }
}
