// Determines the owner of a ledger, and what commands may do with it.

import Basics
import Foundation
import Ledger
import Platform

/// This user's random id, which distinguishes their own ledgers from those that come with an untrusted project.
enum LedgerOwner {
    /// The user's id; creates it on first use.
    static func id(in folder: UserFolder) throws -> String {
        let path = folder.path + "/owner"
        if let text = try? LocalFileSystem().read(path) { return try checked(text, path) }
        var random = SystemRandomNumberGenerator()
        let digits = (0..<32).map { _ in String(UInt8.random(in: 0..<16, using: &random), radix: 16) }.joined()
        try folder.add("owner", digits + "\n")
        // If two processes create it at once, the first one wins.
        return try checked(try LocalFileSystem().read(path), path)
    }

    private static func checked(_ text: Data, _ path: String) throws -> String {
        let id = String(decoding: text.prefix(100), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard id.wholeMatch(of: #/[0-9a-f]{32}/#) != nil else {
            throw UserFolder.Unavailable(
                description: "'\(path)' does not contain an id of 32 hex digits: remove it, and take over the ledgers again")
        }
        return id
    }
}

/// The owner of a ledger from this user's view. Commands send requests and delete resources only for the user's own
/// ledger: one that comes with a project names addresses chosen by its author.
package enum LedgerOwnership: Equatable, Sendable {
    /// This user's.
    case own
    /// Another user's, or this user's from a machine with a different configuration.
    case another
    /// Created by an older version, which did not record an owner.
    case nobody
    /// This user's id cannot be read or created.
    case unknown(reason: String)

    /// Claims an empty ledger for this user, and determines its owner.
    init(of ledger: Ledger, _ environment: [String: String]) {
        do {
            let id = try LedgerOwner.id(in: UserFolder(environment: environment))
            self =
                switch try ledger.claimIfNew(for: id) {
                case id: .own
                case nil: .nobody
                default: .another
                }
        } catch {
            self = .unknown(reason: "\(error)")
        }
    }

    /// Why a ledger is not this user's, as text.
    package func text(_ path: String) -> String {
        switch self {
        case .own: "the ledger '\(path)' is yours"
        case .another:
            "the ledger '\(path)' belongs to another user, or to you on another machine; it may have come with the project"
        case .nobody: "the ledger '\(path)' was made by an older version and records no owner"
        case .unknown(let reason): "the owner of the ledger '\(path)' is unknown: \(reason)"
        }
    }
}

extension Workspace {
    /// The command that transfers a ledger to this user.
    static let takeOverCommand = "assay jobs take-over"

    /// Warns if the ledger is not this user's, and asks whether to take it over if there is work to do for it.
    /// - Returns: whether requests may be sent on its behalf.
    package func mayAct(hasWork: Bool, dialogue: Dialogue) async throws -> Bool {
        if ownership == .own { return true }
        if hasWork, ownership.canBeTaken, try await askToTakeOver(dialogue) { return true }
        dialogue.warn(
            "\(ownership.text(ledger.path)). Nothing is sent or deleted for it"
                + (ownership.canBeTaken ? "; '\(Workspace.takeOverCommand)' makes it yours" : ""))
        return false
    }

    /// Asks whether to take over a ledger that is not this user's; throws without a terminal or for any answer other
    /// than yes.
    /// - Parameter purpose: the intended action, such as `cancel a job`.
    package func requireOwnership(to purpose: String, dialogue: Dialogue) async throws {
        if ownership == .own { return }
        if ownership.canBeTaken, try await askToTakeOver(dialogue) { return }
        throw Refusal(
            "\(ownership.text(ledger.path)). Refusing to \(purpose) on its behalf"
                + (ownership.canBeTaken
                    ? ": inspect it with 'assay runs' and 'assay jobs', and make it yours with '\(Workspace.takeOverCommand)'"
                    : ""),
            code: .invalid)
    }

    /// Transfers the ledger to this user.
    package func takeOver() throws { try ledger.takeOver(for: LedgerOwner.id(in: UserFolder(environment: environment))) }

    private func askToTakeOver(_ dialogue: Dialogue) async throws -> Bool {
        let question = "\(ownership.text(ledger.path)). Make it yours, and act on its jobs and deployments?"
        guard await dialogue.ask?(question) ?? false else { return false }
        try takeOver()
        return true
    }
}

extension LedgerOwnership {
    fileprivate var canBeTaken: Bool { if case .unknown = self { false } else { true } }
}
