// The location of the library of built-in networks in a pip installation.

import Foundation

/// The library with built-in networks and the emulator's models. Programs built from source link libtorch and need no
/// other; programs from a wheel load it from a separate Python package.
package enum NetworkLibrary {
    /// The command that installs the library next to programs installed by pip.
    package static let command = "pip install 'assay[vision]'"

    /// Whether this program loads the library at run time.
    package static var isSeparate: Bool {
        #if SEPARATE_NETWORKS
        true
        #else
        false
        #endif
    }

    /// The library's path for programs in `folder`, the `bin` folder of a Python installation; `nil` if the library
    /// is not installed.
    package static func path(besides folder: String) -> String? {
        let files = FileManager.default
        let prefix = URL(fileURLWithPath: folder).deletingLastPathComponent().path
        for libraries in ["\(prefix)/lib", "\(prefix)/lib64"] {
            let pythons = ((try? files.contentsOfDirectory(atPath: libraries)) ?? []).filter { $0.hasPrefix("python") }
            for python in pythons.sorted() {
                for packages in ["site-packages", "dist-packages"] {
                    let path = "\(libraries)/\(python)/\(packages)/assay_vision/libassay_torch.so"
                    if files.fileExists(atPath: path) { return path }
                }
            }
        }
        return nil
    }

    /// Throws if this program needs the separate library and it is not installed.
    package static func require() throws(MissingNetworkLibrary) {
        guard isSeparate else { return }
        let folder = URL(fileURLWithPath: VisionWorkerClient.executableBesideThisProgram()).deletingLastPathComponent().path
        if path(besides: folder) == nil { throw MissingNetworkLibrary() }
    }
}

/// Built-in networks or the emulator's models were requested, but their library is not installed.
package struct MissingNetworkLibrary: Error, Hashable, Sendable, CustomStringConvertible {
    /// The error has no details: the message names the installation command.
    package init() {}

    /// The message, with the installation command.
    package var description: String {
        "built-in networks and the emulator's models are not installed: run \(NetworkLibrary.command)"
    }
}
