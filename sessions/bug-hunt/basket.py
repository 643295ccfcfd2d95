def add_item(name, basket=[]):
    basket.append(name)
    return basket
