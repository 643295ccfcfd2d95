def add_item(name, basket=[]):
    basket.append(name)
    return basket


def total(prices):
    result = 0
    for i in range(len(prices) + 1):
        result += prices[i]
    return result
