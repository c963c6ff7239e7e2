// The state of jobs as squeue and scontrol report it, and the reaction to it.

package import Basics

/// One job, or one task of an array, as `squeue` shows it.
package struct SlurmState: Hashable, Sendable {
    /// The task that the job runs.
    package var place: SlurmPlace
    /// The id in Slurm's commands: `12`, or `12_3` in an array.
    package var id: String
    /// The long name of the state: `PENDING`, `RUNNING`, `NODE_FAIL`.
    package var state: String
    /// The reason for waiting or ending, as Slurm reports it.
    package var reason: String
    /// The names of its nodes; empty while it is pending.
    package var nodes: String

    /// - Parameter state: the long name of the state, such as `RUNNING`.
    package init(place: SlurmPlace, id: String, state: String, reason: String = "None", nodes: String = "") {
        self.place = place
        self.id = id
        self.state = state
        self.reason = reason
        self.nodes = nodes
    }

    /// The output format that `parse` reads: id, name, state, reason, nodes. (squeue, "--format".)
    package static let format = "%i|%j|%T|%r|%N"

    /// Parses the output of `squeue --noheader --array`; jobs with other names are skipped.
    package static func parse(_ listing: String) -> [SlurmState] {
        listing.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
            guard fields.count == 5, fields[1].hasPrefix(SlurmJob.prefix), let name = try? SafeName(fields[1]) else {
                return nil
            }
            let parts = fields[0].split(separator: "_")
            guard let index = parts.count == 2 ? Int(parts[1]) : 0 else { return nil }
            return SlurmState(
                place: SlurmPlace(name: name, index: index), id: fields[0], state: fields[2], reason: fields[3],
                nodes: fields[4])
        }
    }

    /// The state of each task. A name may be listed more than once: a rejected submission can stay listed as failed
    /// while its resubmission carries the same name.
    /// - Parameter sent: the ids of acknowledged submissions; other jobs with their names belong to someone else.
    package static func byPlace(_ states: [SlurmState], sent: [SafeName: String]) -> [SlurmPlace: SlurmState] {
        var byPlace: [SlurmPlace: SlurmState] = [:]
        for state in states where sent[state.place.name].map({ $0 == state.jobID }) ?? true {
            if let other = byPlace[state.place], other.rank > state.rank { continue }
            byPlace[state.place] = state
        }
        return byPlace
    }

    /// The id of the job, or of the array that the task belongs to.
    private var jobID: String { String(id.prefix { $0 != "_" }) }

    /// A running job takes precedence over an ended one, then a later job over an earlier one.
    private var rank: (Int, Int) { (isEnded ? 0 : 1, Int(jobID) ?? 0) }

    /// Sorts lists by job, then by task.
    package var order: (Int, Int) { (Int(jobID) ?? 0, place.index) }

    /// Parses the first job in the output of `scontrol --oneliner show job`: `Name=value` words. A value may contain
    /// spaces.
    package static func details(_ line: String) -> [String: String] {
        var details: [String: String] = [:]
        var last: String?
        for word in (line.split(separator: "\n").first ?? "").split(separator: " ") {
            if let equals = word.firstIndex(of: "="), word.first?.isUppercase ?? false {
                let name = String(word[..<equals])
                details[name] = String(word[word.index(after: equals)...])
                last = name
            } else if let last {
                details[last]?.append(" \(word)")
            }
        }
        return details
    }

    /// The phase of a job. (squeue, "Job state codes".)
    package enum Phase: Hashable, Sendable {
        case pending
        case running
        case ended(SlurmEnd)
    }

    /// The phase of the state's long name; unknown names count as pending.
    package var phase: Phase {
        switch state {
        case "RUNNING", "COMPLETING", "SUSPENDED", "STOPPED", "SIGNALING", "STAGE_OUT", "RESIZING": .running
        case "COMPLETED": .ended(.completed)
        case "CANCELLED": .ended(.cancelled)
        case "TIMEOUT", "DEADLINE": .ended(.timeLimit)
        case "OUT_OF_MEMORY": .ended(.outOfMemory)
        case "NODE_FAIL", "BOOT_FAIL", "PREEMPTED", "REVOKED": .ended(.lost)
        case "FAILED": .ended(.failed)
        // PENDING, CONFIGURING, REQUEUED, REQUEUE_HOLD, REQUEUE_FED, RESV_DEL_HOLD, SPECIAL_EXIT, and new names.
        default: .pending
        }
    }

    /// Whether Slurm will not run the job again.
    package var isEnded: Bool { if case .ended = phase { true } else { false } }

    /// A description of the state: `running on node3`, `pending (Resources)`.
    package var text: String {
        switch phase {
        case .running where state == "RUNNING" && !nodes.isEmpty: "running on \(nodes)"
        default: state.lowercased() + (reason == "None" || reason.isEmpty ? "" : " (\(reason))")
        }
    }
}

/// The way in which a job ended.
package enum SlurmEnd: String, Hashable, Sendable, CaseIterable {
    case completed
    /// The program exited with a non-zero code or was killed by a signal.
    case failed
    /// The job was cancelled with `scancel`, by Assay or by another user.
    case cancelled
    case timeLimit
    case outOfMemory
    /// The node failed or did not boot, or the job was preempted and not requeued.
    case lost
    /// The cluster no longer knows the job.
    case forgotten

    /// The reaction to a job that left neither a result nor a failure.
    package enum Verdict: Hashable, Sendable {
        case submitAgain
        case fail
    }

    /// - Parameters:
    ///   - isFirst: whether the job started with this step, so that it achieved nothing.
    ///   - submissions: how often the step has been submitted.
    package func verdict(isFirst: Bool, submissions: Int) -> Verdict {
        switch self {
        case .cancelled, .outOfMemory: .fail
        // The earlier epochs are done, and the next job has all its time for the remaining ones.
        case .timeLimit: isFirst ? .fail : .submitAgain
        // The failure of another step says nothing about this one.
        case .failed, .completed: isFirst || submissions >= SlurmEnd.maxSubmissions ? .fail : .submitAgain
        case .lost, .forgotten: submissions >= SlurmEnd.maxSubmissions ? .fail : .submitAgain
        }
    }

    /// The maximum number of submissions of a step if its jobs are lost.
    package static let maxSubmissions = 3

    /// The number of polls to wait after a job has ended, because its output may not be visible yet: a network file
    /// system may answer from its cache for up to a minute.
    package var patience: Int {
        switch self {
        case .completed: 60
        case .forgotten: 10
        case .failed, .cancelled, .timeLimit, .outOfMemory, .lost: 4
        }
    }
}
