// The account-wide values of an emulated account's folder.

package import Basics
import Foundation
import Platform

/// The account that a folder belongs to, and the offset of its clock.
package struct AccountHead: Codable, Sendable {
    /// The version of the state's format.
    package var version: Int
    /// The name of the account that owns the folder.
    package var account: SafeName
    /// The seconds that the virtual clock has skipped.
    package var secondsJumped: Double
    /// The cloud that is emulated; `nil` for Azure, because its first state folders did not record it.
    package var service: String?

    /// The head of a new account.
    package init(version: Int, account: SafeName, service: String? = nil) {
        self.version = version
        self.account = account
        self.service = service
        secondsJumped = 0
    }

    /// Reads the head of a folder; a new folder gets this one.
    /// - Throws: `EmulatorError` if the folder belongs to another account, cloud or a newer version; `DamagedFile`.
    package func opened(in folder: StateFolder) throws -> AccountHead {
        guard let held = try AccountHead.read(folder) else { return self }
        let path = folder.root.path
        guard held.service == service else {
            throw EmulatorError.otherService(folder: path, service: held.service ?? "azure")
        }
        guard held.version <= version else { throw EmulatorError.newerFormat(folder: path, version: held.version) }
        guard held.account == account else { throw EmulatorError.otherAccount(folder: path, account: held.account.text) }
        var opened = self
        opened.secondsJumped = held.secondsJumped
        return opened
    }

    private static func read(_ folder: StateFolder) throws -> AccountHead? {
        do {
            let head = try AccountHead(json: LocalFileSystem().read(folder.account.path, limit: FileSizeLimit.text))
            guard head.secondsJumped.isFinite, abs(head.secondsJumped) < 1e11 else {
                throw DamagedFile(path: folder.account.path, reason: "'secondsJumped' is not a number of seconds")
            }
            return head
        } catch FileError.missing {
            return nil
        } catch let error as DamagedFile {
            throw error
        } catch {
            throw DamagedFile(path: folder.account.path, error)
        }
    }
}
