// The progress of a run, which its process keeps in a file for other processes.

package import Basics
import Execution
package import Foundation
import Platform
import Synchronization

/// The progress of a run, as its process last wrote it. It is written a few times per second, and only by
/// runs that take long enough to be watched.
package struct LiveRun: Hashable, Sendable, Codable {
    /// A step at work.
    package struct Step: Hashable, Sendable, Codable {
        /// The step's name in the plan.
        package var id: String
        /// The start time.
        package var since: Date
        /// The finished share of its work; `nil` if unknown.
        package var fraction: Double?
        /// The current activity, for people.
        package var text: String
    }

    /// One line of the log.
    package struct Line: Hashable, Sendable, Codable {
        /// The time of the report.
        package var at: Date
        /// The step that it concerns; `nil` if it concerns the run.
        package var step: String?
        /// The message, without anything that looks like a key.
        package var text: String
    }

    /// The number of steps that run or are cached.
    package var total: Int
    /// Steps that ended in this run, by their state.
    package var ended: [String: Int] = [:]
    /// Steps at work, in the order in which they started.
    package var running: [Step] = []
    /// The latest messages, oldest first.
    package var log: [Line] = []
    /// Whether the run was asked to stop and is deleting its deployments.
    package var isStopping = false

    /// The number of steps that ended.
    package var done: Int { ended.values.reduce(0) { $0.saturatingAdding(max(0, $1)) } }

    /// The file in the run's folder.
    static let fileName = "live.json"
    /// A larger file was not written by Assay.
    private static let maxBytes: Int64 = 4 << 20

    /// Reads the progress of a run; `nil` if the run wrote none or the file is unreadable. It may come with an
    /// untrusted project: its texts are text.
    package static func read(_ run: RunID, in workspace: Workspace) -> LiveRun? {
        guard let path = try? workspace.runFolder(run) + "/" + fileName,
            let data = try? LocalFileSystem().read(path, limit: maxBytes)
        else { return nil }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .secondsSince1970
        return try? decoder.decode(LiveRun.self, from: data)
    }
}

/// Follows the events of a run and writes its progress to a file.
final class LiveRunWriter: Sendable {
    private struct State {
        var live: LiveRun
        var isChanged = false
        var lastWrite: ContinuousClock.Instant
    }

    private let folder: String
    private let state: Mutex<State>

    /// The maximum number of lines kept.
    private static let maxLines = 500
    /// The maximum number of running steps written; a cluster may run thousands.
    private static let maxRunning = 200
    private static let interval: Duration = .milliseconds(500)

    /// - Parameters:
    ///   - folder: the run's folder; created with the first write.
    ///   - total: the number of steps that run or are cached.
    init(folder: String, total: Int) {
        self.folder = folder
        state = Mutex(State(live: LiveRun(total: total), lastWrite: .now))
    }

    func take(_ event: RunEvent) {
        state.withLock { state in
            state.isChanged = true
            switch event {
            case .cached(let ids): state.live.ended[StepState.cached.rawValue, default: 0] += ids.count
            case .step(let id, .running, _, _):
                state.live.running.append(.init(id: id.text, since: Date(), fraction: nil, text: ""))
            case .step(let id, let end, _, let message):
                state.live.running.removeAll { $0.id == id.text }
                if end != .notNeeded { state.live.ended[end.rawValue, default: 0] += 1 }
                if end == .failed { LiveRunWriter.add("failed: \(message ?? "no reason given")", of: id, to: &state.live) }
            case .progress(let id, let fraction, let text):
                guard let at = state.live.running.firstIndex(where: { $0.id == id.text }) else { return }
                state.live.running[at].fraction = fraction
                state.live.running[at].text = KeyMask.masked(text)
            case .note(let id, let text): LiveRunWriter.add(text, of: id, to: &state.live)
            }
        }
    }

    private static func add(_ text: String, of step: StepID?, to live: inout LiveRun) {
        live.log.append(.init(at: Date(), step: step?.text, text: KeyMask.masked(text)))
        if live.log.count > maxLines { live.log.removeFirst(live.log.count - maxLines) }
    }

    /// Records at once that the run is stopping.
    func stop() {
        state.withLock {
            $0.live.isStopping = true
            $0.isChanged = true
        }
        write(atOnce: true)
    }

    /// Writes the changes. A run continues if its progress cannot be written.
    /// - Parameter atOnce: whether to write even if the last write was a moment ago.
    func write(atOnce: Bool = false) {
        let live: LiveRun? = state.withLock { state in
            let now = ContinuousClock.now
            guard state.isChanged, atOnce || now - state.lastWrite >= LiveRunWriter.interval else { return nil }
            state.isChanged = false
            state.lastWrite = now
            return state.live
        }
        guard var live else { return }
        live.running = Array(live.running.prefix(LiveRunWriter.maxRunning))
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .secondsSince1970
        guard let data = try? encoder.encode(live) else { return }
        let files = LocalFileSystem()
        try? files.makeFolder(folder)
        try? files.replace(folder + "/" + LiveRun.fileName, with: data, durable: false)
    }

    /// Writes the last lines of a run that wrote its progress before.
    func finish() {
        guard LocalFileSystem().exists(folder + "/" + LiveRun.fileName) else { return }
        write(atOnce: true)
    }
}
