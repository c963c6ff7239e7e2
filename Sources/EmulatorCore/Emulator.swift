// A running emulator of any cloud.

package import Foundation

/// Starts and stops one emulated account.
package protocol Emulator: Actor {
    /// Opens the account and starts listening; returns the address. Throws `EmulatorError` or file system errors.
    func start() async throws -> URL
    /// Stops listening and closes the account. Completed work is kept.
    func stop() async
}
