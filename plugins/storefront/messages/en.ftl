# Frame
storefront-skip-to-content = Skip to content
storefront-search-label = Search the shop
storefront-search-placeholder = Search
storefront-search-submit = Search
storefront-language = Language
storefront-cart = Cart
storefront-cart-count-unit = { $count ->
    [one] piece in the cart
   *[other] pieces in the cart
}
storefront-categories = Categories
storefront-footer-line = Questions about an order? Its status page has all there is to know.
storefront-footer-navigation = Footer
storefront-home = Home
storefront-breadcrumbs = You are here
storefront-all-products = All products
storefront-see-all = See all
storefront-optional = optional

# Home
storefront-hero-title = Good things, well chosen
storefront-hero-text = A small range of things we like to use ourselves. Ordered in a minute, without an account.
storefront-hero-link = Browse the shop
storefront-featured = Our favorites
storefront-specials = Specials
storefront-specials-text = Reduced while they last.
storefront-popular = Popular now
storefront-popular-text = What others have ordered most in recent weeks.
storefront-browse-categories = Browse by category
storefront-product-count = { $count ->
    [one] { NUMBER($count) } product
   *[other] { NUMBER($count) } products
}

# Lists
storefront-search-results = Results for “{ $query }”
storefront-search-title = Search
storefront-filters = Filters
storefront-filters-active = Active filters
storefront-filter-price = Price in { $currency }
storefront-filter-price-min = Lowest price
storefront-filter-price-max = Highest price
storefront-filter-min = from
storefront-filter-max = to
storefront-filter-in-stock = In stock only
storefront-filter-apply = Apply filters
storefront-filter-remove = Remove this filter
storefront-filter-chip-price-from = from { $price }
storefront-filter-chip-price-to = up to { $price }
storefront-sort = Sort by
storefront-sort-apply = Sort
storefront-sort-relevance = Relevance
storefront-sort-name = Name
storefront-sort-price = Price, lowest first
storefront-sort-price-desc = Price, highest first
storefront-sort-popularity = Popularity
storefront-sort-newest = Newest first
storefront-sort-rating = Rating
storefront-pages = Pages
storefront-first-page = Back to the start
storefront-next-page = More products
storefront-nothing-found = Nothing found for “{ $query }”
storefront-list-empty = Nothing here right now
storefront-nothing-found-help = Try another word, fewer filters, or look through everything we have.

# Products
storefront-sold-out = Sold out
storefront-no-price = It is not for sale here yet.
storefront-reduced = Reduced
storefront-price-from = from { $price }
storefront-price-now = Now
storefront-price-was = Before
storefront-stock-in = In stock
storefront-stock-low = { $count ->
    [one] Only one left
   *[other] Only { $count } left
}
storefront-stock-backorder = On backorder
storefront-sku = Item no. { $sku }
storefront-pictures = Pictures
storefront-picture-number = Picture { $number }
storefront-rating = { $average } from { $count ->
    [one] one review
   *[other] { $count } reviews
}
storefront-variant = Choose a variant
storefront-quantity = Quantity
storefront-quantity-of = Quantity of { $name }
storefront-less = One less
storefront-more = One more
storefront-add-to-cart = Add to cart
storefront-added-to-cart = Added to your cart.
storefront-view-cart = View cart
storefront-description = About this product
storefront-details = Details

# Cart
storefront-cart-lines = In your cart
storefront-cart-empty = Your cart is empty
storefront-cart-empty-help = When something pleases you, put it in here. It waits for you on this device.
storefront-start-shopping = Start shopping
storefront-continue-shopping = Continue shopping
storefront-each = { $price } each
storefront-update = Update
storefront-remove = Remove
storefront-summary = Summary
storefront-subtotal = Subtotal
storefront-tax-included = of that { $label }
storefront-total = Total
storefront-free = Free
storefront-coupon = Coupon code
storefront-coupon-apply = Apply
storefront-to-checkout = Go to checkout
storefront-cart-note = Shipping is worked out at checkout.

# Checkout
storefront-checkout = Checkout
storefront-checkout-errors = Please look at the marked fields.
storefront-step-contact = Contact
storefront-step-address = Shipping address
storefront-step-shipping = Delivery
storefront-step-payment = Payment
storefront-email = E-mail
storefront-email-hint = The confirmation and the link to your order go here.
storefront-address-name = Full name
storefront-address-line1 = Street and house number
storefront-address-line2 = Apartment, company, care of
storefront-address-postal-code = Postal code
storefront-address-city = City
storefront-address-region = State or province
storefront-address-country = Country
storefront-address-phone = Telephone
storefront-address-phone-hint = Only for questions about the delivery.
storefront-billing-same = Billing address is the same
storefront-billing-address = Billing address
storefront-choose-country = Choose a country
storefront-delivery-window = Delivery time
storefront-shipping-none = Sorry, we have no delivery to this address.
storefront-shipping-refresh = Update delivery options
storefront-place-order = Place order
storefront-place-order-note = You receive a confirmation by e-mail with a link to your order.
storefront-your-order = Your order
storefront-edit-cart = Change the cart
storefront-quantity-times = Quantity: { $count }

# Order
storefront-order-title = Order { $number }
storefront-order-number = Order { $number }
storefront-order-thanks = Thank you for your order
storefront-order-thanks-text = A confirmation is on its way to { $email }. This page always shows where your order stands; keep its link.
storefront-order-placed-at = Placed { $at }
storefront-order-lines = What you ordered
storefront-status-order = Order
storefront-status-payment = Payment
storefront-status-fulfillment = Delivery
storefront-timeline = What happened so far
storefront-pay-continue = Continue to payment
storefront-pay-continue-text = Your payment needs one more step from you.
storefront-order-change = Change this order
storefront-order-cancel = Cancel order
storefront-order-cancel-text = The order can be canceled until it is shipped.
storefront-order-cancel-sure = Canceling cannot be undone.
storefront-order-cancel-confirm = Yes, cancel the order
storefront-return-start = Return something
storefront-return-reason = Why are you sending it back?
storefront-return-send = Request return

# Notices
storefront-notice-cart-updated = Your cart is up to date.
storefront-notice-added = Added to your cart.
storefront-notice-removed = Taken out of your cart.
storefront-notice-order-canceled = The order is canceled.
storefront-notice-return-requested = Your return is registered. We will write to you.
storefront-error-required = Please fill this in.
storefront-error-email = This does not look like an e-mail address.
storefront-error-quantity = This quantity is not possible. Please choose another one.
storefront-error-country = Please choose a country from the list.
storefront-error-shipping-method = Please choose a delivery option.
storefront-error-payment-method = Please choose a way to pay.
storefront-error-too-long = This is too long.
storefront-error-not-enough-stock = We don't have that many in stock.
storefront-error-sold-out = This is sold out.
storefront-error-unavailable = This can't be ordered at the moment.
storefront-error-try-again = That did not work. Please try again.
storefront-error-payment-declined = The payment was declined. Please check the details or choose another way to pay.
storefront-error-cart-changed = Your cart has changed in the meantime. Please look at it again.
storefront-error-too-many-attempts = Too many failed attempts. Please wait a few minutes.

# Error pages
storefront-error-404-title = This page is not here
storefront-error-404-text = The address may be mistyped, or what was here has gone. The search at the top may find it.
storefront-error-500-title = Something went wrong on our side
storefront-error-500-text = Nothing you did. Please try again in a moment.
storefront-error-503-title = Back in a moment
storefront-error-503-text = The shop is being looked after. Please come back in a few minutes.
storefront-error-closed-title = We are closed for a while
storefront-error-4xx-title = That did not work
storefront-error-4xx-text = The request could not be understood. Please go back and try again.
storefront-error-reference = Reference: { $id }
storefront-back-home = To the shop

# Statuses and what happens to an order
storefront-order-status-placed = Placed
storefront-order-status-reviewed = Confirmed
storefront-order-status-completed = Completed
storefront-order-status-cancelled = Canceled
storefront-payment-status-unpaid = Not paid yet
storefront-payment-status-pending = Waiting for payment
storefront-payment-status-authorized = Authorized
storefront-payment-status-paid = Paid
storefront-payment-status-partially_refunded = Partly refunded
storefront-payment-status-refunded = Refunded
storefront-payment-status-failed = Failed
storefront-payment-status-voided = Canceled
storefront-fulfillment-status-unfulfilled = Being prepared
storefront-fulfillment-status-partially_shipped = Partly shipped
storefront-fulfillment-status-shipped = Shipped
storefront-fulfillment-status-delivered = Delivered
storefront-fulfillment-status-partially_returned = Partly returned
storefront-fulfillment-status-returned = Returned
storefront-event-placed = Order placed
storefront-event-reviewed = Order confirmed
storefront-event-answered = Message from us
storefront-event-authorized = Payment authorized
storefront-event-paid = Payment received
storefront-event-payment_failed = Payment failed
storefront-event-refunded = Money given back
storefront-event-voided = Payment canceled
storefront-event-shipped = Shipped
storefront-event-delivered = Delivered
storefront-event-completed = Order completed
storefront-event-cancelled = Order canceled
storefront-event-return_requested = Return requested
storefront-event-returned = Return received
storefront-event-imported = Taken over from another system
storefront-pay-again = Pay another way
storefront-pay-again-text = The payment did not go through. Your order is kept; choose how you would like to pay.
storefront-pay-now = Pay now
storefront-how-to-pay = How to pay with { $method }
storefront-window-morning = Morning
storefront-window-afternoon = Afternoon
storefront-window-evening = Evening
