// The library of built-in networks, found in the layouts in which pip installs.

import Foundation
import Testing
import VisionProtocol

@Suite struct NetworkLibraryTests {
    @Test(arguments: [
        ("lib/python3.11/site-packages", true), ("lib64/python3.13/site-packages", true),
        ("lib/python3.11/dist-packages", true), ("lib/python3/other-packages", false), ("share", false),
    ])
    func `the library is found beside bin`(folder: String, isFound: Bool) throws {
        let files = FileManager.default
        let prefix = files.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? files.removeItem(at: prefix) }
        let package = prefix.appendingPathComponent(folder).appendingPathComponent("assay_vision")
        try files.createDirectory(at: package, withIntermediateDirectories: true)
        let library = package.appendingPathComponent("libassay_torch.so")
        try Data().write(to: library)
        let bin = prefix.appendingPathComponent("bin").path
        #expect(NetworkLibrary.path(besides: bin) == (isFound ? library.path : nil))
    }

    @Test func `nothing is found where nothing is installed`() throws {
        #expect(NetworkLibrary.path(besides: "/nonexistent/bin") == nil)
        // Programs that are built from source are linked against libtorch.
        #expect(!NetworkLibrary.isSeparate)
        try NetworkLibrary.require()
    }

    @Test func `the message names the command that installs it`() {
        #expect("\(MissingNetworkLibrary())".contains("pip install 'assay[vision]'"))
        #expect(!"\(MissingNetworkLibrary())".contains("\n"))
    }
}
