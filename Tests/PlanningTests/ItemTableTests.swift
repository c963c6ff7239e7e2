// Tables of items, and splits by their groups.

import Basics
import Foundation
import Planning
import Specification
import TaskKit
import Tasks
import Testing

@Suite struct ItemTableTests {
    private func table(
        _ text: String, _ choice: TaskChoice = TaskChoice("answer"), columns: TableColumns? = nil
    ) throws -> ItemTable {
        try ItemTable(parsing: Data(text.utf8), columns: columns, task: TaskRegistry.standard.task(choice))
    }

    /// Each harness writes several questions about one image as several rows.
    @Test func severalQuestionsAboutOneImage() throws {
        let items = try table(
            """
            path,question,answers
            a.png,Who?,"[""Ann"", ""Anne""]"
            a.png,When?,1999
            b.png,Who?,Bob

            """
        ).rows.compactMap(\.image.item)
        #expect(items.map(\.id) == ["a.png", "a.png#2", "b.png"])
        #expect(items.map(\.group) == ["a.png", "a.png", "b.png"])
        #expect(items.map { $0.variables?["question"] } == ["Who?", "When?", "Who?"])
        #expect(items.map(\.reference) == [["Ann", "Anne"], ["1999"], ["Bob"]])
    }

    @Test func namedColumnsIdsAndGroups() throws {
        let columns = TableColumns(
            path: "image", split: "data_split", id: "questionId", group: "ucsf_document_id", roles: ["answers": "gold"])
        let rows = try table(
            #"{"image":"p/1.png","questionId":7,"ucsf_document_id":"doc","data_split":"val","question":"Q","gold":["A","a"]}"#,
            columns: columns
        ).rows
        #expect(rows.first?.image.part == .validation)
        #expect(
            rows.first?.image.item
                == ItemEntry(
                    id: "7", group: "doc", variables: ["question": "Q"], reference: ["A", "a"]))
    }

    @Test func tabsAndSemicolons() throws {
        let transcribe = TaskChoice("transcribe")
        #expect(try table("file_name\ttext\na.png\tx, y\n", transcribe).rows.first?.image.item?.reference == "x, y")
        #expect(try table("path;text\na.png;x, y\n", transcribe).rows.first?.image.item?.reference == "x, y")
    }

    struct Wrong: Sendable, CustomTestStringConvertible {
        var id: String
        var text: String
        var lines: [Int]
        var message: String
        var testDescription: String { id }
    }

    /// Every row that cannot be used is reported with its line, and nothing is read around it.
    @Test(arguments: [
        Wrong(
            id: "empty question", text: "path,question,answers\na.png,,x\nb.png,q,\n", lines: [2, 3],
            message: "the column 'question' is empty"),
        Wrong(
            id: "id twice", text: "path,id,question,answers\na.png,1,q,x\nb.png,1,q,x\n", lines: [3],
            message: "the id '1' occurs twice; first on line 2"),
        Wrong(
            id: "empty id", text: "path,id,question,answers\na.png,,q,x\n", lines: [2], message: "the column 'id' is empty"),
        Wrong(
            id: "empty group", text: "path,group,question,answers\na.png,,q,x\n", lines: [2],
            message: "the column 'group' is empty"),
        Wrong(
            id: "list of objects", text: "path,question,answers\na.png,q,\"[{\"\"a\"\": 1}]\"\n", lines: [2],
            message: "the column 'answers' contains a list with {\"a\":1}, not only strings"),
        Wrong(
            id: "outside", text: "path,question,answers\n../a.png,q,x\n", lines: [2],
            message: "'../a.png' is not below the table's folder ('root:' in the dataset names another folder)"),
    ])
    func wrongRows(_ wrong: Wrong) throws {
        let error = #expect(throws: DatasetError.self) { try table(wrong.text) }
        guard case .rows(let problems)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(problems.map(\.line) == wrong.lines)
        #expect(problems.first?.message == wrong.message)
    }

    @Test func aMissingColumnIsNamed() throws {
        let error = #expect(throws: DatasetError.self) { try table("path,answers\na.png,x\n") }
        #expect(error?.description == "the table has no column for the question; its columns are 'path', 'answers'")
        #expect(error?.hint == "name it: 'columns: { question: COLUMN }' in the dataset")
    }

    // MARK: Splits

    private func manifest(_ groups: [(group: String, items: Int, part: SplitPart?)]) -> DatasetManifest {
        DatasetManifest(
            groups.flatMap { group in
                (0..<group.items).map { at in
                    ManifestEntry(
                        path: group.group + ".png", label: "", part: group.part, digest: Digest(of: group.group), bytes: 1,
                        width: 1, height: 1, item: ItemEntry(id: "\(group.group)-\(at)", group: group.group, reference: "x"))
                }
            }, vocabulary: [])
    }

    private func groups(_ split: Split, _ part: SplitPart) -> [String] {
        split[part].examples.compactMap(\.item?.group).reduce(into: []) { if $0.last != $1 { $0.append($1) } }
    }

    @Test func countsAndSharesAreOfGroups() throws {
        let ten = manifest((0..<10).map { ("g\($0)", $0 % 3 + 1, nil) })
        let counted = try SplitSpec(train: 2, validation: 1, test: 3).split(ten)
        #expect(SplitPart.allCases.map { groups(counted, $0).count } == [2, 1, 3])
        #expect(groups(counted, .train) == ["g0", "g1"])
        #expect(counted[.train].examples.count == 3)
        let shares = try SplitSpec(shares: .init(train: 0.65, validation: 0.15, test: 0.2)).split(ten)
        #expect(SplitPart.allCases.map { groups(shares, $0).count } == [7, 1, 2])
        #expect(Set(SplitPart.allCases.flatMap { groups(shares, $0) }).count == 10)
        #expect(groups(try SplitSpec(test: 4).split(ten, limit: 2), .test) == ["g0", "g1"])
    }

    /// Shares that add up to 100% use every item, for any number of items.
    @Test(arguments: 1...40) func sharesTakeEverything(_ count: Int) throws {
        let items: [(group: String, items: Int, part: SplitPart?)] = (0..<count).map { (String(1000 + $0), 1, nil) }
        let all = manifest(items)
        let third = 1.0 / 3
        let rest: Double = 1 - 2.0 / 3
        let rule = SplitSpec(shares: .init(train: third, validation: third, test: rest))
        let split = try rule.split(all)
        #expect(SplitPart.allCases.reduce(0) { $0 + split[$1].examples.count } == count)
    }

    @Test func sharesOfLabels() throws {
        var entries: [ManifestEntry] = []
        for (label, count) in [("a", 10), ("b", 5)] {
            for at in 0..<count {
                let path = "\(label)/\(at)"
                entries.append(
                    ManifestEntry(
                        path: path, label: label, digest: Digest(of: path), bytes: 1, width: 1, height: 1))
            }
        }
        let split = try SplitSpec(shares: .init(train: 0.8, test: 0.2)).split(DatasetManifest(entries))
        #expect(split[.train].examples.count { $0.label == "a" } == 8)
        #expect(split[.train].examples.count { $0.label == "b" } == 4)
        #expect(split[.test].examples.count == 3)
    }

    /// A group that the table itself divides would be learned from and measured on.
    @Test func aGroupInTwoPartsIsAnError() throws {
        var parted = manifest([("a", 2, .train), ("b", 1, .test)]).entries
        parted[1].part = .test
        let error = #expect(throws: SplitError.self) {
            try SplitSpec(source: .dataset).split(DatasetManifest(parted, vocabulary: []))
        }
        #expect(error == .partedGroups(["a"]))
        #expect(throws: SplitError.tooFewGroups(have: 2, need: 3)) {
            try SplitSpec(train: 1, test: 2).split(manifest([("a", 5, nil), ("b", 5, nil)]))
        }
    }

    @Test func manifestsAndExamplesAreStoredWhole() throws {
        let manifest = manifest([("a", 2, .train), ("b", 1, .test)])
        let read = try DatasetManifest(decoding: manifest.encoded)
        #expect(read == manifest)
        let part = try SplitSpec(source: .dataset).split(read)[.train]
        #expect(try SplitExamples(decoding: part.encoded) == part)
        #expect(part.examples.compactMap(\.item?.id) == ["a-0", "a-1"])
    }
}
