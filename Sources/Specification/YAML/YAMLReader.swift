// Builds nodes with positions from libyaml's events.

import Basics
import CLibYAML

/// Parses YAML text into nodes. libyaml provides the events; this type handles anchors, aliases, `<<`, duplicate keys
/// and limits.
package struct YAMLReader {
    /// Limits of a document, so that malicious input fails within milliseconds.
    package struct Limits: Sendable {
        /// The maximum size of the text in bytes.
        package var bytes = 8 << 20
        /// The maximum nesting depth.
        package var depth = 64
        /// The maximum number of nodes, with aliases expanded.
        package var nodes = 1_000_000

        /// The default limits: 8 MiB, 64 levels and one million nodes.
        package init() {}
    }

    private let source: SourceText
    private let limits: Limits
    private let dialect: Dialect
    private let yaml11LineBreaks: YAML11LineBreaks
    private var parser = yaml_parser_t()
    private var anchors: [String: YAMLNode] = [:]
    private var openAnchors: Set<String> = []
    private var nodes = 0

    /// Behaviour that the YAML 1.2 core schema leaves to implementations.
    package enum Dialect: Sendable {
        /// `<<` merges maps, and a tag outside of the core schema is an error.
        case spec
        /// `<<` is an ordinary key, and tags outside of the core schema are ignored.
        case plain
    }

    /// All documents of a text.
    /// - Throws: the first problem, with its position.
    package static func documents(
        _ source: SourceText, limits: Limits = Limits(), dialect: Dialect = .spec
    ) throws(Finding) -> [YAMLNode] {
        var reader = YAMLReader(source: source, limits: limits, dialect: dialect)
        return try reader.read()
    }

    private init(source: SourceText, limits: Limits, dialect: Dialect) {
        self.source = source
        self.limits = limits
        self.dialect = dialect
        yaml11LineBreaks = YAML11LineBreaks(of: source.bytes)
    }

    private mutating func read() throws(Finding) -> [YAMLNode] {
        guard source.bytes.count <= limits.bytes else {
            throw Finding(.tooLarge(bytes: source.bytes.count, limit: limits.bytes), at: start)
        }
        try checkCharacters()
        guard yaml_parser_initialize(&parser) == 1 else { throw Finding(.outOfMemory, at: start) }
        defer { yaml_parser_delete(&parser) }
        yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
        let input = input
        let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(1, input.count))
        defer { buffer.deallocate() }
        _ = buffer.initialize(from: input)
        yaml_parser_set_input_string(&parser, buffer.baseAddress, input.count)

        var documents: [YAMLNode] = []
        var isEnded = true
        while true {
            let event = try next()
            switch event.kind {
            case .streamEnd: return documents
            case .streamStart: continue
            case .documentEnd: isEnded = event.isExplicit
            case .documentStart:
                // YAML 1.2 requires a document end marker before the directives of the next document.
                if event.isExplicit, !isEnded {
                    throw Finding(.yamlSyntax("directives after a document without '...'", .other), at: event.position)
                }
                anchors = [:]
                documents.append(try node(try next(), depth: 0))
            default: continue
            }
        }
    }

    /// The text for libyaml. A final line of spaces gets a line break, because libyaml would otherwise treat it as
    /// content.
    private var input: [UInt8] {
        let bytes = yaml11LineBreaks.hidden(in: source.bytes)
        let last = bytes.lastIndex { $0 == 0x0A || $0 == 0x0D }.map { bytes[($0 + 1)...] } ?? []
        return !last.isEmpty && last.allSatisfy { $0 == 0x20 } ? bytes + [0x0A] : bytes
    }

    private var start: YAMLPosition { YAMLPosition(source: source, line: 1, column: 1) }

    // MARK: Events

    private struct Event {
        enum Kind { case streamStart, streamEnd, documentStart, documentEnd, alias, scalar, list, map, end }

        var kind: Kind
        var position: YAMLPosition
        var text = ""
        var anchor: String?
        var tag: String?
        var isPlain = false
        /// For a document end: marked by `...`. For a document start: has directives.
        var isExplicit = false
    }

    private mutating func next() throws(Finding) -> Event {
        var event = yaml_event_t()
        guard yaml_parser_parse(&parser, &event) == 1 else { throw syntaxError() }
        defer { yaml_event_delete(&event) }
        var result = Event(kind: .end, position: position(event.start_mark, event.end_mark))
        switch event.type {
        case YAML_STREAM_START_EVENT: result.kind = .streamStart
        case YAML_STREAM_END_EVENT: result.kind = .streamEnd
        case YAML_DOCUMENT_START_EVENT:
            result.kind = .documentStart
            let start = event.data.document_start
            result.isExplicit = start.version_directive != nil || start.tag_directives.start != start.tag_directives.end
        case YAML_DOCUMENT_END_EVENT:
            result.kind = .documentEnd
            result.isExplicit = event.data.document_end.implicit == 0
        case YAML_ALIAS_EVENT:
            result.kind = .alias
            result.text = text(event.data.alias.anchor) ?? ""
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            result.kind = .scalar
            result.text = yaml11LineBreaks.restored(
                in: String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self))
            result.anchor = text(scalar.anchor)
            result.tag = text(scalar.tag)
            result.isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE
        case YAML_SEQUENCE_START_EVENT:
            result.kind = .list
            result.anchor = text(event.data.sequence_start.anchor)
            result.tag = text(event.data.sequence_start.tag)
        case YAML_MAPPING_START_EVENT:
            result.kind = .map
            result.anchor = text(event.data.mapping_start.anchor)
            result.tag = text(event.data.mapping_start.tag)
        default: break
        }
        return result
    }

    private func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { yaml11LineBreaks.restored(in: String(cString: $0)) }
    }

    private func position(_ start: yaml_mark_t, _ end: yaml_mark_t) -> YAMLPosition {
        YAMLPosition(
            source: source, line: Int(start.line) + 1, column: Int(start.column) + 1,
            endColumn: end.line == start.line && end.column > start.column ? Int(end.column) + 1 : nil)
    }

    // MARK: Nodes

    private mutating func node(_ event: Event, depth: Int) throws(Finding) -> YAMLNode {
        guard depth <= limits.depth else { throw Finding(.tooDeep(limit: limits.depth), at: event.position) }
        let tag = try coreTag(event)
        if let anchor = event.anchor { openAnchors.insert(anchor) }
        var result: YAMLNode
        switch event.kind {
        case .alias:
            guard !openAnchors.contains(event.text) else {
                throw Finding(.aliasInsideItself(event.text), at: event.position)
            }
            guard let target = anchors[event.text] else {
                throw Finding(
                    .unknownAlias(event.text, nearest: Array(anchors.keys).nearest(to: event.text)), at: event.position)
            }
            try count(target.weight, at: event.position)
            return target
        case .scalar:
            try count(1, at: event.position)
            if event.isPlain, event.text == "-" {
                throw Finding(.yamlSyntax("a '-' that begins no item of a list", .other), at: event.position)
            }
            result = YAMLNode(
                .scalar(YAMLScalar(text: event.text, isPlain: event.isPlain, tag: tag)), at: event.position)
        case .list:
            try count(1, at: event.position)
            var items: [YAMLNode] = []
            while true {
                let item = try next()
                if item.kind == .end { break }
                items.append(try node(item, depth: depth + 1))
            }
            result = YAMLNode(.list(items), at: event.position)
        case .map:
            try count(1, at: event.position)
            result = YAMLNode(.map(try pairs(depth: depth + 1)), at: event.position)
        case .streamStart, .streamEnd, .documentStart, .documentEnd, .end:
            result = YAMLNode(.scalar(YAMLScalar(text: "", isPlain: true)), at: event.position)
        }
        if let anchor = event.anchor {
            openAnchors.remove(anchor)
            anchors[anchor] = result
        }
        return result
    }

    private mutating func pairs(depth: Int) throws(Finding) -> [YAMLPair] {
        var pairs: [YAMLPair] = []
        pairs.reserveCapacity(4)
        // Most maps are small, so their keys are searched linearly.
        var places: [String: Int]?
        func place(of key: String) -> Int? { places.map { $0[key] } ?? pairs.firstIndex { $0.key == key } }
        func add(_ pair: YAMLPair) {
            if places == nil, pairs.count == 16 {
                places = Dictionary(uniqueKeysWithValues: zip(pairs.map(\.key), pairs.indices))
            }
            places?[pair.key] = pairs.count
            pairs.append(pair)
        }
        var merged: [YAMLPair] = []
        while true {
            let event = try next()
            if event.kind == .end { break }
            let isMerge =
                dialect == .spec && event.kind == .scalar && event.isPlain && event.text == "<<" && event.tag == nil
            let key = try node(event, depth: depth)
            guard let name = key.scalar?.text else { throw Finding(.keyIsNoText, at: event.position) }
            let value = try node(try next(), depth: depth)
            if isMerge {
                merged += try mergedPairs(value)
                continue
            }
            if let first = place(of: name) {
                throw Finding(
                    .duplicateKey(name), at: event.position,
                    notes: [.init(.firstHere(name), at: pairs[first].keyPosition)])
            }
            add(YAMLPair(key: name, keyPosition: event.position, value: value))
        }
        // Explicit keys take precedence over merged ones, and earlier merged maps over later ones.
        for pair in merged where place(of: pair.key) == nil { add(pair) }
        return pairs
    }

    private func mergedPairs(_ value: YAMLNode) throws(Finding) -> [YAMLPair] {
        if let pairs = value.pairs { return pairs }
        guard let items = value.items else { throw Finding(.mergeOfNoMap, at: value.position) }
        var all: [YAMLPair] = []
        for item in items {
            guard let pairs = item.pairs else { throw Finding(.mergeOfNoMap, at: item.position) }
            all += pairs
        }
        return all
    }

    private mutating func count(_ weight: Int, at position: YAMLPosition) throws(Finding) {
        nodes += weight
        guard nodes <= limits.nodes else { throw Finding(.tooManyNodes(limit: limits.nodes), at: position) }
    }

    /// The explicit core schema type of a scalar; `nil` without one. `!` means string; on lists and maps it has no
    /// effect.
    private func coreTag(_ event: Event) throws(Finding) -> YAMLScalar.CoreTag? {
        guard let tag = event.tag else { return nil }
        let core = "tag:yaml.org,2002:"
        if event.kind == .scalar {
            if tag == "!" { return .str }
            if tag.hasPrefix(core), let known = YAMLScalar.CoreTag(rawValue: String(tag.dropFirst(core.count))) {
                return known
            }
        } else if tag == "!" || tag == core + "seq" && event.kind == .list || tag == core + "map" && event.kind == .map {
            return nil
        }
        if dialect == .plain { return event.kind == .scalar ? .str : nil }
        throw Finding(.unknownTag(tag.hasPrefix(core) ? "!!" + tag.dropFirst(core.count) : tag), at: event.position)
    }

    // MARK: Errors

    /// Checks that the text is UTF-8 without the control characters that YAML forbids.
    private func checkCharacters() throws(Finding) {
        if let offset = source.bytes.firstInvalidUTF8 {
            throw Finding(.notUTF8, at: place(ofByte: offset))
        }
        for (offset, byte) in source.bytes.enumerated()
        where byte < 0x20 && byte != 0x09 && byte != 0x0A && byte != 0x0D || byte == 0x7F {
            throw Finding(.controlCharacter(byte), at: place(ofByte: offset))
        }
    }

    private func place(ofByte offset: Int) -> YAMLPosition {
        let (line, column) = source.place(ofByte: offset)
        return YAMLPosition(source: source, line: line, column: column)
    }

    private func syntaxError() -> Finding {
        let problem = parser.problem.map { String(cString: $0) } ?? "the text is not YAML"
        if parser.error == YAML_READER_ERROR {
            return Finding(.yamlSyntax(problem, .other), at: place(ofByte: Int(parser.problem_offset)))
        }
        if parser.error == YAML_MEMORY_ERROR { return Finding(.outOfMemory, at: start) }
        let context = parser.context.map { String(cString: $0) }
        let place = placeInText(position(parser.problem_mark, parser.problem_mark))
        let opening = position(parser.context_mark, parser.context_mark)
        let line = source.line(place.line) ?? ""
        let mistake = YAMLMistake(problem: problem, context: context, line: line, column: place.column)
        if mistake != .tab, let (number, column) = missingSpace(from: place.line) {
            return Finding(
                .yamlSyntax(problem, .missingSpace), at: YAMLPosition(source: source, line: number, column: column))
        }
        for (number, text) in [(place.line, line), (opening.line, source.line(opening.line) ?? "")]
        where mistake == .indentation || mistake == .missingColon {
            guard let match = text.prefixMatch(of: #/\s*-(?=[^\s-])/#) else { continue }
            let column = text[..<match.range.upperBound].unicodeScalars.count
            return Finding(
                .yamlSyntax(problem, .missingSpaceAfterDash),
                at: YAMLPosition(source: source, line: number, column: column))
        }
        // A missing colon is detected at the next line, but the problem is at the start of the key.
        let mark = mistake == .missingColon ? opening : place
        var notes: [Finding.Note] = []
        if context != nil, opening.line != mark.line, mistake != .missingColon {
            notes.append(.init(.began(context ?? ""), at: opening))
        }
        return Finding(.yamlSyntax(problem, mistake), at: mark, notes: notes)
    }
}

extension YAMLReader {
    /// The position of a key with a colon but no space after it, on this line or the previous non-blank one.
    private func missingSpace(from number: Int) -> (line: Int, column: Int)? {
        var current = number
        while current > 0 {
            let line = source.line(current) ?? ""
            if let match = line.prefixMatch(of: #/\s*(?:- +)?[A-Za-z_][A-Za-z0-9_-]*:(?=[^\s:\/])/#) {
                return (current, line[..<match.range.upperBound].unicodeScalars.count)
            }
            if current < number, line.contains(where: { !$0.isWhitespace }) { return nil }
            current -= 1
        }
        return nil
    }
}

extension YAMLReader {
    /// Moves a position beyond the end of the text to the end of its last content, so that a line can be shown.
    private func placeInText(_ position: YAMLPosition) -> YAMLPosition {
        var number = position.line
        while number > 1, source.line(number).map({ $0.allSatisfy(\.isWhitespace) }) ?? true { number -= 1 }
        guard number < position.line, source.line(position.line + 1) == nil else { return position }
        return YAMLPosition(
            source: source, line: number, column: (source.line(number)?.unicodeScalars.count ?? 0) + 1)
    }
}

/// The probable mistake behind a YAML syntax error.
package enum YAMLMistake: Hashable, Sendable {
    case tab, missingColon, missingSpace, missingSpaceAfterDash, indentation, colonInText, curlyQuote, bareVariable,
        unclosedBracket,
        unclosedQuote, reservedCharacter, escape
    case other

    init(problem: String, context: String?, line: String, column: Int) {
        let scalars = Array(line.unicodeScalars)
        let indent = scalars.prefix { $0 == " " || $0 == "\t" }
        let character = column <= scalars.count ? scalars[column - 1] : nil
        let before = column >= 2 && column - 2 < scalars.count ? scalars[column - 2] : nil
        switch problem {
        case _ where problem.contains("tab character"): self = .tab
        case _ where character == "\t": self = .tab
        case "could not find expected ':'":
            self = indent.contains("\t") ? .tab : .missingColon
        case "mapping values are not allowed in this context":
            self =
                indent.contains("\t")
                ? .tab
                : line.contains(where: { $0 == "“" || $0 == "”" }) ? .curlyQuote : .colonInText
        case "did not find expected key", "did not find expected '-' indicator",
            "block sequence entries are not allowed in this context":
            self = indent.contains("\t") ? .tab : .indentation
        case "did not find expected ',' or ']'", "did not find expected ',' or '}'":
            self = character == "{" && before == "$" ? .bareVariable : .unclosedBracket
        case "did not find expected node content":
            self = context == "while parsing a flow node" && character == nil ? .unclosedBracket : .other
        case "found unexpected end of stream", "found unexpected document indicator":
            self = context?.contains("quoted") == true ? .unclosedQuote : .unclosedBracket
        case "found character that cannot start any token": self = .reservedCharacter
        case "found unknown escape character": self = .escape
        default: self = .other
        }
    }
}

extension [UInt8] {
    /// The offset of the first byte that is not valid UTF-8; `nil` when all are.
    fileprivate var firstInvalidUTF8: Int? {
        var offset = 0
        // Most text is ASCII, so only other bytes are examined closely.
        while offset < count {
            let lead = self[offset]
            if lead < 0x80 {
                offset += 1
                continue
            }
            let length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2
            guard offset + length <= count, String(validating: self[offset..<offset + length], as: UTF8.self) != nil
            else { return offset }
            offset += length
        }
        return nil
    }
}

extension [String] {
    /// The closest word, or `nil` when none is close enough to be a likely typo.
    func nearest(to word: String) -> String? { Basics.nearest(to: word, among: self) }
}
