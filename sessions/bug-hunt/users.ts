async function loadUsers(ids: string[]) {
  const users = []
  for (const id of ids) {
    users.push(fetch(`/users/${id}`).then(r => r.json()))
  }
  return users
}
