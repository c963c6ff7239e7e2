// Amounts, counts and waits from untrusted input saturate. Each of these trapped once.

import Basics
import Foundation
import Testing

@Suite struct SaturationTests {
    static let numbers: [Double] = [
        0, -0.0, 1, -1, 0.1, 0x1p31, 0x1p53, 0x1p63, -0x1p63, 0x1p64, 1e300, -1e300, .greatestFiniteMagnitude,
        .leastNonzeroMagnitude, .infinity, -.infinity, .nan,
    ]

    @Test(arguments: numbers) func money(_ number: Double) throws {
        let money = Money(dollars: number)
        #expect(number > 0 ? money >= .zero : number.isNaN || money <= .zero)
        // An amount that is not known must never look small.
        if number.isNaN || number >= 1e300 { #expect(money.units == .max) }
        for other in SaturationTests.numbers {
            let second = Money(dollars: other)
            _ = [money + second, money - second, money * other]
            #expect((money + second).dollars.isFinite)
        }
        #expect(try JSONDecoder().decode(Money.self, from: JSONEncoder().encode(money)).dollars.isFinite)
        #expect(money.description.hasPrefix("$"))
    }

    @Test func sumsStopAtTheBounds() {
        #expect(Int.max.saturatingAdding(1) == .max && Int.min.saturatingAdding(-1) == .min)
        #expect(Int.max.saturatingAdding(-1) == .max - 1 && 2.saturatingAdding(3) == 5)
        #expect(Int.min.saturatingSubtracting(1) == .min && Int.max.saturatingSubtracting(-1) == .max)
        #expect(0.saturatingSubtracting(Int.min) == .max && 2.saturatingSubtracting(3) == -1)
        #expect(Int.max.saturatingMultiplied(by: 2) == .max && Int.max.saturatingMultiplied(by: -2) == .min)
        #expect(Int.min.saturatingMultiplied(by: -1) == .max && 3.saturatingMultiplied(by: -4) == -12)
        #expect(TokenCount(.max) + TokenCount(1) == TokenCount(.max))
    }

    @Test func realNumbersBecomeWholeOnes() {
        #expect(Int(saturating: 2.9) == 2 && Int(saturating: -2.9) == -2)
        #expect(Int(saturating: 0x1p63) == .max && Int(saturating: -0x1p63) == .min)
        #expect(Int(saturating: .nan) == .max && Int(saturating: .infinity) == .max && Int(saturating: -.infinity) == .min)
        #expect(UInt8(saturating: 300) == 255 && UInt8(saturating: -1) == 0)
    }

    @Test(arguments: [(Double.nan, 0.0), (-1, 0), (0, 0), (1.5, 1.5), (1e300, 1e9), (.infinity, 1e9)])
    func waits(asked: Double, waited: Double) {
        #expect(Duration.waiting(seconds: asked) == .seconds(waited))
    }
}
