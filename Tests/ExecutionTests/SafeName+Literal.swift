// Names as literals, for tests.

import Basics

extension SafeName: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) { self = try! SafeName(value) }
}
