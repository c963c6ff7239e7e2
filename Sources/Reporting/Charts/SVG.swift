// Writes SVG element by element. Elements carry classes; the page's style sheet defines their appearance.

import Basics

struct SVG {
    private(set) var text = ""

    enum Anchor: String { case start, middle, end }

    /// A coordinate rounded to a tenth of a pixel, in its shortest form.
    static func number(_ value: Double) -> String {
        guard value.isFinite else { return "0" }
        let tenths = Int(saturating: (value * 10).rounded())
        let whole = tenths / 10, rest = abs(tenths % 10)
        let sign = tenths < 0 && whole == 0 ? "-" : ""
        return rest == 0 ? "\(whole)" : "\(sign)\(whole).\(rest)"
    }

    private mutating func element(_ head: String, _ style: String, _ title: String?) {
        text += style.isEmpty ? "<\(head)" : "<\(head) class=\"\(style)\""
        guard let title else {
            text += "/>"
            return
        }
        let name = head.prefix { $0 != " " }
        text += "><title>\(Markup.html(title))</title></\(name)>"
    }

    mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String) {
        let (a, b, c, d) = (SVG.number(x1), SVG.number(y1), SVG.number(x2), SVG.number(y2))
        element("line x1=\"\(a)\" y1=\"\(b)\" x2=\"\(c)\" y2=\"\(d)\"", style, nil)
    }

    mutating func rect(
        _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ style: String, rounded: Double = 0,
        opacity: Double? = nil, title: String? = nil
    ) {
        var head = "rect x=\"\(SVG.number(x))\" y=\"\(SVG.number(y))\""
        head += " width=\"\(SVG.number(max(0, width)))\" height=\"\(SVG.number(max(0, height)))\""
        if rounded > 0 { head += " rx=\"\(SVG.number(rounded))\"" }
        if let opacity { head += " opacity=\"\(SVG.number(opacity))\"" }
        element(head, style, title)
    }

    mutating func path(_ commands: String, _ style: String, title: String? = nil) {
        element("path d=\"\(commands)\"", style, title)
    }

    /// A polyline through points.
    mutating func polyline(_ points: [(x: Double, y: Double)], _ style: String) {
        let commands = points.enumerated().map { at, point in
            "\(at == 0 ? "M" : "L")\(SVG.number(point.x)) \(SVG.number(point.y))"
        }
        path(commands.joined(), style)
    }

    mutating func circle(_ x: Double, _ y: Double, _ radius: Double, _ style: String, title: String? = nil) {
        let (a, b, c) = (SVG.number(x), SVG.number(y), SVG.number(radius))
        element("circle cx=\"\(a)\" cy=\"\(b)\" r=\"\(c)\"", style, title)
    }

    mutating func label(
        _ x: Double, _ y: Double, _ label: String, _ style: String = "", anchor: Anchor = .start,
        turned degrees: Double? = nil
    ) {
        var head = "<text x=\"\(SVG.number(x))\" y=\"\(SVG.number(y))\""
        if anchor != .start { head += " text-anchor=\"\(anchor.rawValue)\"" }
        if let degrees {
            head += " transform=\"rotate(\(SVG.number(degrees)) \(SVG.number(x)) \(SVG.number(y)))\""
        }
        if !style.isEmpty { head += " class=\"\(style)\"" }
        text += "\(head)>\(Markup.html(label))</text>"
    }

    /// Groups the drawn elements under one class.
    mutating func group(_ style: String, _ draw: (inout SVG) -> Void) {
        text += "<g class=\"\(style)\">"
        draw(&self)
        text += "</g>"
    }

    /// A model's marker: its shape is distinct as well as its colour, so that either alone identifies the model.
    mutating func marker(_ x: Double, _ y: Double, series: Int, size: Double = 5, title: String? = nil) {
        let style = "f\(series % SVG.seriesCount) mark"
        func polygon(_ corners: [(Double, Double)]) -> String {
            corners.enumerated().map { at, corner in
                let (dx, dy) = corner
                return "\(at == 0 ? "M" : "L")\(SVG.number(x + dx * size)) \(SVG.number(y + dy * size))"
            }.joined() + "Z"
        }
        switch series % SVG.seriesCount {
        case 0: circle(x, y, size, style, title: title)
        case 1: path(polygon([(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]), style, title: title)
        case 2: path(polygon([(0, -1.25), (1.25, 0), (0, 1.25), (-1.25, 0)]), style, title: title)
        case 3: path(polygon([(0, -1.2), (1.15, 0.85), (-1.15, 0.85)]), style, title: title)
        case 4: path(polygon([(0, 1.2), (1.15, -0.85), (-1.15, -0.85)]), style, title: title)
        default:
            path(polygon([(-0.6, -1), (0.6, -1), (1.2, 0), (0.6, 1), (-0.6, 1), (-1.2, 0)]), style, title: title)
        }
    }

    /// The number of distinct colours and markers in the style sheet.
    static let seriesCount = 6
}
