// Where the library of built-in networks lies when Assay was installed by pip.

import Foundation

/// The library behind built-in networks and the emulator's models. Programs built from source are linked against libtorch and
/// need no other; those of a wheel load it from the Python package that brings it.
package enum NetworkLibrary {
    /// Installs it beside programs that came by pip.
    package static let command = "pip install 'assay[vision]'"

    /// Whether this program looks for the library when it needs it.
    package static var isSeparate: Bool {
        #if SEPARATE_NETWORKS
            true
        #else
            false
        #endif
    }

    /// The library for the programs in a folder, in a Python installation whose `bin` that folder is; `nil` where it is not
    /// installed.
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

    /// Throws where this program's networks are in a library of their own that is not installed.
    package static func require() throws(MissingNetworkLibrary) {
        guard isSeparate else { return }
        let folder = URL(fileURLWithPath: VisionWorkerClient.executableBesideThisProgram()).deletingLastPathComponent().path
        if path(besides: folder) == nil { throw MissingNetworkLibrary() }
    }
}

/// Built-in networks or the emulator's models were asked for, and their library is not installed.
package struct MissingNetworkLibrary: Error, Hashable, Sendable, CustomStringConvertible {
    package init() {}

    package var description: String {
        "built-in networks and the emulator's models are not installed: run \(NetworkLibrary.command)"
    }
}
