// The emulated clouds of this build, one line each.

import AzureEmulator
import EmulatorCore
import VertexEmulator

/// The registry of emulated clouds.
let emulatedClouds: [any EmulatedCloud] = [
    AzureEmulation(),
    VertexEmulation(),
]

/// The words of `api`, the usual one first.
package let emulatedAPIs = emulatedClouds.map(\.api)

/// Names of the emulated services for users, in the same order.
package let emulatedTitles = emulatedClouds.map(\.title)

/// The emulated cloud for a word of `api`.
/// - Throws: `Refusal` with the known words.
func emulatedCloud(_ api: String) throws -> any EmulatedCloud {
    guard let cloud = emulatedClouds.first(where: { $0.api == api }) else {
        throw Refusal("there is no emulator for '\(api)'; available: \(emulatedAPIs.joined(separator: ", "))", code: .invalid)
    }
    return cloud
}
