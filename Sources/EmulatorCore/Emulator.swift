// An emulator of any cloud, and the interface by which a cloud's emulator is registered.

package import Basics
package import Foundation

/// Starts and stops one emulated account.
package protocol Emulator: Actor {
    /// Opens the account and starts listening; returns the address. Throws `EmulatorError` or file system errors.
    func start() async throws -> URL
    /// Stops listening and closes the account. Completed work is kept.
    func stop() async
}

/// A cloud that can be emulated. A module implements it, and one line of the application registers it.
package protocol EmulatedCloud: Sendable {
    /// The word of an emulator's `api` in a spec and of `assay emulate --api`.
    var api: String { get }
    /// The emulated service for users, without an article: `Azure OpenAI account`.
    var title: String { get }
    /// Whether its models are asked through deployments, which an account may have from the start.
    var hasDeployments: Bool { get }
    /// An account that is not started yet.
    /// - Parameters:
    ///   - deployments: those that exist from the first start; empty for a cloud without deployments.
    ///   - vision: the model behind all answers.
    ///   - base: the clock from which virtual time is derived.
    func emulator(
        _ settings: AccountSettings, deployments: [PreparedDeployment], vision: any VisionModel, base: any WallClock
    ) -> any Emulator
}

/// A deployment that exists from an account's first start.
package struct PreparedDeployment: Hashable, Codable, Sendable {
    /// The deployment's name, which requests contain.
    package var name: String
    /// The name of a catalogue model.
    package var model: String
    /// The provider's name of its type: `GlobalStandard`, `GlobalBatch`, …
    package var sku: String

    /// Describes a deployment to create at the first start.
    package init(name: String, model: String, sku: String) {
        self.name = name
        self.model = model
        self.sku = sku
    }
}
