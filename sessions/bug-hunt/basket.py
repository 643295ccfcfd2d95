def put(name, basket=[]):
    basket.append(name)
    return basket
