PRICES = [12, 30, 18]


def get_total(prices):
    result = 0
    for price in prices:
        result += price
    return reslt


print(get_total(PRICES))
