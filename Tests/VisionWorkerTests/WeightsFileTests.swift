// Weights files of all forms are read; broken and hostile ones are rejected with a message.

import Basics
import Foundation
import Testing
import VisionWorker

@Suite struct WeightsFileTests {
    @Test(arguments: ["weights-zip.pth", "weights-stream.pth"])
    func readsTorchFiles(_ name: String) throws {
        let tensors = try WeightsFile.read(TorchGoldens.folder.appendingPathComponent(name).path).tensors
        #expect(Set(tensors.keys) == Set(TorchGoldens.all.pth.keys))
        for (key, values) in TorchGoldens.all.pth {
            let tensor = try #require(tensors[key])
            switch tensor.kind {
            case .float32: #expect(tensor.floats() == values, "\(key)")
            case .int64: #expect(tensor.integers() == values.map { Int64($0) }, "\(key)")
            default: #expect(tensor.kind == .float16 && tensor.bytes.count == 2 * values.count, "\(key)")
            }
        }
        #expect(tensors["transposed"]?.shape == [4, 3])
        #expect(tensors["count"]?.shape == [])
    }

    @Test func readsATorchModulesState() throws {
        let tensors = try WeightsFile.read(TorchGoldens.folder.appendingPathComponent("linear-zip.pth").path).tensors
        #expect(tensors["weight"]?.floats() == TorchGoldens.all.pth["linear.weight"])
        #expect(tensors["bias"]?.shape == [2])
    }

    @Test func safetensorsComeBackAsTheyWere() throws {
        let file = SafetensorsFile(
            tensors: [
                "b.weight": StoredTensor([1, -2, 3.5, 4, 5, 6], shape: [2, 3]),
                "a.count": StoredTensor([Int64(-7)]), "state": StoredTensor([UInt8(1), 2, 3]),
            ], metadata: ["format": "pt"])
        let bytes = try file.serialized
        let read = try SafetensorsFile(parsing: bytes)
        #expect(read.tensors == file.tensors)
        #expect(read.metadata == file.metadata)
        #expect(try read.serialized == bytes)
        #expect(bytes.first.map { Int($0) % 8 } == 0)
    }

    static let hostile: [(id: String, header: String, body: Int, says: String)] = [
        ("outside", #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#, 8, "is outside the file"),
        ("shape", #"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, 8, "which its shape"),
        ("overflow", #"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}"#, 8, "its shape"),
        ("negative", #"{"a":{"dtype":"F32","shape":[-1,-2],"data_offsets":[0,8]}}"#, 8, "its shape"),
        ("backwards", #"{"a":{"dtype":"F32","shape":[0],"data_offsets":[8,0]}}"#, 8, "is outside the file"),
        (
            "overlap",
            #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"#
                + #""b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}"#, 6, "overlaps another"
        ),
        ("rest", #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#, 8, "after the last tensor"),
        ("type", #"{"a":{"dtype":"F8","shape":[4],"data_offsets":[0,4]}}"#, 4, "unknown type 'F8'"),
        ("not JSON", #"{"a":"#, 4, "not the JSON"),
    ]

    @Test(arguments: hostile.map(\.id))
    func refusesHostileSafetensors(_ id: String) throws {
        let test = try #require(Self.hostile.first { $0.id == id })
        var file = withUnsafeBytes(of: UInt64(test.header.utf8.count).littleEndian) { Data($0) }
        file.append(Data(test.header.utf8))
        file.append(Data(count: test.body))
        let error = try #require(throws: WeightsError.self) { try SafetensorsFile(parsing: file) }
        #expect("\(error)".contains(test.says), "\(error)")
    }

    @Test func refusesAHeaderLongerThanTheFile() {
        #expect(throws: WeightsError.self) { try SafetensorsFile(parsing: Data(repeating: 0xFF, count: 20)) }
        #expect(throws: WeightsError.self) { try SafetensorsFile(parsing: Data([1, 0, 0])) }
    }

    /// Guards: the page of a failed download was "a header of 8104636974849335612 bytes".
    @Test(arguments: [
        ("nothing", "", "it is empty"), ("a page", "<!doctype html><html><body>sign in", "HTML page"),
        ("a pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 1\n", "git lfs pull"),
        ("an index", "{\"metadata\": {}, \"weight_map\": {}}", "JSON text"),
    ])
    func reportsTheDetectedFileType(id: String, text: String, says: String) throws {
        let error = try #require(throws: WeightsError.self) { try WeightsFile.parse(Data(text.utf8)) }
        #expect("\(error)".contains(says), "\(error)")
    }

    @Test func callsNothing() throws {
        // pickle.dumps of an object whose __reduce__ is (os.system, ("echo owned",)), protocol 2
        let pickle =
            Data([0x80, 2]) + Data("cposix\nsystem\nq".utf8) + Data([0, 0x58, 10, 0, 0, 0])
            + Data("echo owned".utf8) + Data([0x71, 1, 0x85, 0x71, 2, 0x52, 0x71, 3, 0x2E])
        let error = try #require(throws: WeightsError.self) { try WeightsFile.parse(pickle) }
        #expect("\(error)".contains("'posix.system'"))
        #expect("\(error)".contains("not called"))
    }

    /// Every truncation and many changes of the files either still read or are refused; none crashes.
    @Test(arguments: ["weights-zip.pth", "weights-stream.pth", "safetensors"])
    func survivesBrokenFiles(_ name: String) throws {
        let whole: Data =
            if name == "safetensors" {
                try SafetensorsFile(tensors: ["a": StoredTensor([1, 2, 3], shape: [3])]).serialized
            } else {
                try Data(contentsOf: TorchGoldens.folder.appendingPathComponent(name))
            }
        for length in stride(from: 0, to: whole.count, by: 7) {
            #expect(throws: WeightsError.self, "cut to \(length)") { try WeightsFile.parse(whole.prefix(length)) }
        }
        var random = SeededRandom(seed: 1)
        for _ in 0..<1000 {
            var broken = whole
            for _ in 0..<(1 + random.next() % 4) {
                broken[Int(random.next() % UInt64(broken.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            do {
                _ = try WeightsFile.parse(broken)
            } catch {
                #expect(!"\(error)".isEmpty)
            }
        }
    }
}
