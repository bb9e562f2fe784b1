// call to main actor-isolated instance method 'setNeedsDisplay()' in a synchronous
import UIKit

func planted(_ view: UIView) {
    view.setNeedsDisplay()
}
