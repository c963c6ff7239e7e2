// Predictions of a program: parsing, and errors with their lines.

import Foundation
import Steps
import Testing

@Suite struct PredictionsFileTests {
    struct Bad: Sendable, CustomTestStringConvertible {
        var id: String
        var bytes: Data
        var says: String
        var testDescription: String { id }

        init(_ id: String, _ text: String, says: String) {
            (self.id, bytes, self.says) = (id, Data(text.utf8), says)
        }
        init(_ id: String, bytes: [UInt8], says: String) {
            (self.id, self.bytes, self.says) = (id, Data(bytes), says)
        }
    }

    private static let names = ["/i/a.png": "a.png", "/i/b.png": "b.png"]

    @Test(arguments: [
        Bad("empty", "", says: "p.csv:1: the table is empty"),
        Bad(
            "another column", "file,answer\n/i/a.png,x\n",
            says: "p.csv:1: the columns 'path' and 'answer' are needed; the first line has 'file', 'answer'"),
        Bad("fields", "path,answer\n/i/a.png,x,y\n", says: "p.csv:2: 3 fields where the header has 2"),
        Bad(
            "row twice", "path,answer\n/i/a.png,x\n/i/b.png,y\n/i/a.png,z\n",
            says: "p.csv:4: '/i/a.png' already has a row, in line 2"),
        Bad("unknown path", "path,answer\n/i/a.png,x\nb.png,y\n", says: "p.csv:3: 'b.png' is not a path of predict.csv"),
        Bad("missing row", "path,answer\n/i/a.png,x\n", says: "p.csv has no row for 1 of 2 images: b.png"),
        Bad("latency", "path,answer,latency_ms\n/i/a.png,x,fast\n/i/b.png,y,1\n", says: "p.csv:2: latency_ms is 'fast'"),
        Bad("negative latency", "path,answer,latency_ms\n/i/a.png,x,-1\n/i/b.png,y,1\n", says: "p.csv:2: latency_ms is '-1'"),
        Bad(
            "latency that is not a number", "path,answer,latency_ms\n/i/a.png,x,nan\n/i/b.png,y,1\n",
            says: "p.csv:2: latency_ms is 'nan'"),
        Bad("Latin-1", bytes: Array("path,answer\n/i/a.png,caf".utf8) + [0xE9, 0x0A], says: "p.csv:2: the text is not UTF-8"),
        Bad("UTF-16", bytes: [0xFF, 0xFE, 0x70, 0x00], says: "p.csv:1: the text is UTF-16"),
        Bad("open quote", "path,answer\n/i/a.png,\"x\n", says: "p.csv:2: a quoted field is not closed"),
    ])
    func isReported(_ item: Bad) throws {
        let error = try #require(throws: StepFailure.self) {
            try PredictionsFile(item.bytes, name: "p.csv").predictions(of: Self.names, allowMissing: false)
        }
        #expect("\(error)".contains(item.says), "\(error)")
    }

    @Test(arguments: [
        "path;answer;latency_ms\n/i/a.png;x;1.5\n/i/b.png;y, z;\n",
        "path\tanswer\tlatency_ms\n/i/a.png\tx\t1.5\n/i/b.png\ty, z\t\n",
        "path,answer,latency_ms\n/i/a.png,x,1.5\n/i/b.png,\"y, z\",\n",
        "\u{FEFF}answer,path,latency_ms\r\nx,/i/a.png,1.5\r\n\"y, z\",/i/b.png,\r\n",
    ])
    func isRead(_ text: String) throws {
        let found = try PredictionsFile(Data(text.utf8), name: "p.csv").predictions(of: Self.names, allowMissing: false)
        #expect(found["/i/a.png"]?.answer == "x" && found["/i/a.png"]?.latencyMilliseconds == 1.5)
        #expect(found["/i/b.png"]?.answer == "y, z" && found["/i/b.png"]?.latencyMilliseconds == nil)
    }

    @Test func rowsMayBeMissingWhereThatIsAllowed() throws {
        let file = try PredictionsFile(Data("path,answer\n/i/a.png,x\n".utf8), name: "p.csv")
        #expect(try file.predictions(of: Self.names, allowMissing: true).count == 1)
    }
}
