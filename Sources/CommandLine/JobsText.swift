// Formats jobs, leases and unknown provider resources for `assay jobs`.

import Application
import Basics
import Execution
import Foundation
import Ledger

enum JobsText {
    /// - Parameter held: the amount that the job reserves in the budget.
    static func lines(_ job: RemoteJob, held: Money) -> [String] {
        let state = RemoteJobState(rawValue: job.state)
        var lines = [
            "\(job.id)  \(job.kind)  \(job.state)  \(job.remoteID ?? "-")  \(job.step)  since \(job.createdAt.ISO8601Format())"
        ]
        if let last = job.detail["last"]?.string, state == .running { lines[0] += "  (\(last))" }
        if let duplicates = job.duplicates, !job.isOpen { lines.append("   \(duplicates) was a duplicate of this job") }
        if let duplicates = job.duplicates, job.isOpen {
            lines += [
                "   \(duplicates) is a duplicate, possibly from two simultaneous starts. To keep it instead of "
                    + "\(job.remoteID ?? "this"),",
                "   'assay jobs cancel \(job.id)' and then 'assay jobs forget \(job.id)'; otherwise, cancel it in the project that started it",
            ]
        }
        if let reason = job.detail["reason"]?.string, state == .failed { lines.append("   \(reason)") }
        if let reason = job.lost {
            lines.append(
                job.kind == "fine-tune"
                    ? "   its results are lost: \(reason)"
                    : "   its local results are lost and cannot be downloaded again: \(reason)")
            lines.append("   'assay run --retry' pays for it again")
        }
        guard state == .quarantined else { return lines }
        lines.append("   \(job.detail["quarantine"]?.string ?? "it is unknown whether it was created")")
        lines.append(
            "   attempt \(job.attempt) at \(job.account), sent by run \(job.run)"
                + (held > .zero ? ", \(held) reserved in the budget until this is decided" : ""))
        if !job.adoptable.isEmpty {
            lines.append("   if it is one of these: 'assay jobs adopt \(job.id) ID': \(job.adoptable.joined(separator: ", "))")
            lines.append("   if none is: 'assay jobs forget \(job.id)', and the next run ignores these and sends it")
            return lines
        }
        let sign =
            job.place ?? (job.kind == "batch" ? "metadata 'assay' is \(job.tag)" : "suffix ends in \(job.tag)")
        lines.append("   if the provider has a \(job.kind) whose \(sign): 'assay jobs adopt \(job.id) ID'")
        let ignored = job.hasProducts ? "ignores what carries the tag and " : ""
        lines.append("   if it has none: 'assay jobs forget \(job.id)', and the next run \(ignored)sends it again")
        return lines
    }

    static func line(_ job: ForgottenJob) -> String {
        "-  \(job.kind)  forgotten  \(job.remoteID ?? "-")  \(job.step)  since \(job.forgottenAt.ISO8601Format())"
    }

    static func line(_ lease: Lease) -> String {
        let since = lease.upAt ?? lease.openedAt
        var text = "\(lease.name), \(lease.state.rawValue), \(lease.hourly) an hour, since \(since.ISO8601Format())"
        if let until = lease.keepUntil {
            // The ledger stores "kept indefinitely" as a date in the distant future.
            text += until.timeIntervalSinceNow > 1e10 ? ", kept" : ", kept until \(until.ISO8601Format())"
        }
        // An emulator's hours follow its virtual clock.
        if !lease.emulated, lease.hourly > .zero {
            text += " (\(lease.hourly * max(0, Date().timeIntervalSince(since) / 3600)) so far)"
        }
        return text
    }

    static func line(_ resource: UnknownResource) -> String {
        switch resource {
        case .deployment(let name, let account, let model):
            "not in this ledger: deployment \(name) of \(model ?? "a model") at \(account); it may belong to another machine; "
                + "'assay jobs clean' deletes it"
        case .job(let kind, let id, let tag, let status, let account, let original):
            "not in this ledger: \(kind) \(id) (\(status), tag \(tag)) at \(account); "
                + (original.map { "it is a duplicate of job \($0)" } ?? "a run that needs it will adopt it")
        }
    }

    static func json(_ listing: RemoteJobManager.Listing) -> JSONValue {
        var object: [String: JSONValue] = [
            "jobs": .array(
                listing.jobs.map { job, _ in
                    [
                        "kind": .string(job.kind), "provider": .string(job.account),
                        "id": job.remoteID.map { .string($0) } ?? .null, "key": .string(job.key.digest.hex),
                        "state": .string(job.state), "since": .string(job.createdAt.ISO8601Format()),
                        "number": .int(job.id), "step": .string(job.step.text), "tag": .string(job.tag),
                        "reason": job.lost.map { .string($0) } ?? job.detail["quarantine"] ?? job.detail["reason"] ?? .null,
                        "results_lost": .bool(job.lost != nil),
                        "candidates": .array(job.adoptable.map { .string($0) }),
                        "twins": job.detail["twins"] ?? .array([]),
                    ]
                }),
            "leases": .array(
                listing.leases.map { lease in
                    [
                        "id": .string(lease.name), "since": .string(lease.openedAt.ISO8601Format()),
                        "hourly_usd": .double(lease.hourly.dollars),
                    ]
                }),
        ]
        if let unknownResources = listing.unknownResources { object["not_in_ledger"] = .array(unknownResources.map(json)) }
        return .object(object)
    }

    private static func json(_ resource: UnknownResource) -> JSONValue {
        switch resource {
        case .deployment(let name, let account, _):
            ["kind": "deployment", "id": .string(name), "provider": .string(account)]
        case .job(let kind, let id, let tag, let status, let account, let original):
            [
                "kind": .string(kind), "id": .string(id), "provider": .string(account), "tag": .string(tag),
                "state": .string(status), "twin": original.map { .int($0) } ?? .null,
            ]
        }
    }
}

extension RemoteJob {
    /// The jobs at the provider that may be this job.
    fileprivate var adoptable: [String] { hasProducts ? [] : candidates }

    /// Other jobs at the provider with the same work.
    fileprivate var duplicates: String? {
        guard let ids = detail["twins"]?.array?.compactMap(\.string), !ids.isEmpty else { return nil }
        return ids.joined(separator: ", ")
    }
}
