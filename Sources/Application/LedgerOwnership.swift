// Whose ledger a command has before it, and what that allows.

import Basics
import Foundation
import Ledger
import Platform

/// The random id of this user, by which a ledger is known to be theirs and not to have come with somebody's project.
enum LedgerOwner {
    /// Makes the id when this user has none yet.
    static func id(in folder: UserFolder) throws -> String {
        let path = folder.path + "/owner"
        if let text = try? LocalFileSystem().read(path) { return try checked(text, path) }
        var random = SystemRandomNumberGenerator()
        let digits = (0..<32).map { _ in String(UInt8.random(in: 0..<16, using: &random), radix: 16) }.joined()
        try folder.add("owner", digits + "\n")
        // Of two processes that make it at once, one is first.
        return try checked(try LocalFileSystem().read(path), path)
    }

    private static func checked(_ text: Data, _ path: String) throws -> String {
        let id = String(decoding: text.prefix(100), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard id.wholeMatch(of: #/[0-9a-f]{32}/#) != nil else {
            throw UserFolder.Unavailable(
                description: "'\(path)' does not hold an id of 32 hex digits: remove it, and take the ledgers over again")
        }
        return id
    }
}

/// Whose ledger it is, as seen by this user. Only of their own does a command send requests or delete anything: a ledger
/// that came with a project names the addresses that whoever wrote it likes.
package enum LedgerOwnership: Equatable, Sendable {
    case own
    /// Another user's, or this user's from a machine with another configuration.
    case another
    /// An older version made it, which recorded no owner.
    case nobody
    /// This user's id cannot be read or made.
    case unknown(reason: String)

    /// Makes a ledger this user's in which nothing was recorded yet.
    init(of ledger: Ledger) {
        do {
            let id = try LedgerOwner.id(in: UserFolder())
            self = switch try ledger.claimIfNew(for: id) {
            case id: .own
            case nil: .nobody
            default: .another
            }
        } catch {
            self = .unknown(reason: "\(error)")
        }
    }

    /// What is the matter with a ledger that is not this user's.
    package func text(_ path: String) -> String {
        switch self {
        case .own: "the ledger '\(path)' is yours"
        case .another:
            "the ledger '\(path)' belongs to another user, or to you on another machine; it may have come with the project"
        case .nobody: "the ledger '\(path)' was made by an older version and does not say whose it is"
        case .unknown(let reason): "whose ledger '\(path)' is cannot be told: \(reason)"
        }
    }
}

extension Workspace {
    /// The command that makes a ledger this user's.
    static let takeOverCommand = "assay jobs take-over"

    /// Says so when the ledger is not this user's, and asks whether to take it over where there is something to do for it.
    /// - Returns: whether requests may be sent on its behalf.
    package func mayAct(hasWork: Bool, dialogue: Dialogue) async throws -> Bool {
        if ownership == .own { return true }
        if hasWork, ownership.canBeTaken, try await askToTakeOver(dialogue) { return true }
        dialogue.warn(
            "\(ownership.text(ledger.path)). Nothing is sent or deleted on its behalf"
                + (ownership.canBeTaken ? "; '\(Workspace.takeOverCommand)' makes it yours" : ""))
        return false
    }

    /// Asks whether to take the ledger over when it is not this user's; without a terminal, or for another answer than
    /// yes, nothing is done.
    /// - Parameter purpose: what is about to be done, such as `cancel a job`.
    package func requireOwnership(to purpose: String, dialogue: Dialogue) async throws {
        if ownership == .own { return }
        if ownership.canBeTaken, try await askToTakeOver(dialogue) { return }
        throw Refusal(
            "\(ownership.text(ledger.path)). Refusing to \(purpose) on its behalf"
                + (ownership.canBeTaken
                    ? ": look at it with 'assay runs' and 'assay jobs', and make it yours with '\(Workspace.takeOverCommand)'"
                    : ""),
            code: .invalid)
    }

    /// Makes the ledger this user's.
    package func takeOver() throws { try ledger.takeOver(for: LedgerOwner.id(in: UserFolder())) }

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
