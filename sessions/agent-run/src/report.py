"""A line for each price."""


def print_report(prices):
    for price in prices:
        print(price)
